"""Las tablas, como clases de SQLAlchemy 2.

Cada cambio de este archivo necesita su migración, que es otro archivo y se guarda en
Git con él:

    uv run alembic revision --autogenerate -m "qué cambia"
    uv run alembic upgrade head

Léela antes de aplicarla: Alembic propone, tú decides.
"""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from monitor.bd import Base, Instante


class Objetivo(Base):
    """Un servicio que se vigila.

    Por hacer (R1): cada cuánto y cuánto se le espera, si está activo, cuándo le toca,
    y quién lo está comprobando ahora mismo (para que no sean dos).
    Por hacer (R2): cuándo se abre y se cierra una alerta, y hasta cuándo calla.
    Se aprende en: 3.5 Base de Datos · SQL Databases
    """

    __tablename__ = "objetivos"

    id: Mapped[int] = mapped_column(primary_key=True)
    nombre: Mapped[str] = mapped_column(String(100))
    url: Mapped[str] = mapped_column(String(2000))
    creado: Mapped[datetime] = mapped_column(Instante)


# Por hacer: Comprobacion (R1) y Alerta (R2).
