"""Las tablas, como clases de SQLAlchemy 2.

Cada cambio de este archivo necesita su migración, que es otro archivo y se guarda en
Git con él:

    uv run alembic revision --autogenerate -m "qué cambia"
    uv run alembic upgrade head

Léela antes de aplicarla: Alembic propone, tú decides. Y prueba también el camino de
vuelta (uv run alembic downgrade -1).
"""

from enum import StrEnum

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from tienda.bd import Base


class Rol(StrEnum):
    """Qué puede hacer una cuenta."""

    CLIENTE = "cliente"
    ADMIN = "admin"


class Usuario(Base):
    """Una cuenta."""

    __tablename__ = "usuarios"

    id: Mapped[int] = mapped_column(primary_key=True)
    nombre: Mapped[str] = mapped_column(String(30), unique=True)
    clave: Mapped[str] = mapped_column(String(200))
    """El hash de argon2 de la contraseña."""
    rol: Mapped[str] = mapped_column(String(10), default=Rol.CLIENTE.value)


# Por hacer: categorías, productos y variantes (R1), carritos (R2), pedidos (R3) y
# avisos (R5). ¿En qué tipo de columna se guarda el dinero sin perder un céntimo?
# SQLite no tiene decimales: Numeric, en él, es un float. Un entero de céntimos sí vale.
# Se aprende en: 3.5 Base de Datos · SQL Databases
