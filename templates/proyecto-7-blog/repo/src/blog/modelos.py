"""Las tablas, como clases de SQLAlchemy 2.

Cada cambio de este archivo necesita su migración, que es otro archivo y se guarda en
Git con él:

    uv run alembic revision --autogenerate -m "qué cambia"
    uv run alembic upgrade head

Léela antes de aplicarla: Alembic propone, tú decides. Y prueba también el camino de
vuelta (uv run alembic downgrade -1).
"""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from blog.bd import Base, Instante, ahora


class Post(Base):
    """Un artículo del blog.

    Por hacer (R1): slug único, estado (borrador o publicado), etiquetas, cuándo se
    publicó y cambió, y cuándo se borró (borrar no es hacer desaparecer la fila).
    Por hacer (R2 y R3): de quién es.
    Se aprende en: 3.5 Base de Datos · SQL Databases
    """

    __tablename__ = "posts"

    id: Mapped[int] = mapped_column(primary_key=True)
    titulo: Mapped[str] = mapped_column(String(200))
    contenido: Mapped[str] = mapped_column(Text)
    creado: Mapped[datetime] = mapped_column(Instante, default=ahora)


# Por hacer: Comentario (R1), Usuario y sesiones (R2), Imagen (R4).
