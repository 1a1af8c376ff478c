"""La base de datos: de qué heredan los modelos y cómo se abre."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, Engine, MetaData, create_engine, event
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator


class Base(DeclarativeBase):
    """La clase de la que heredan los modelos de modelos.py."""

    # Con nombre, Alembic puede borrar una restricción en cualquier base de datos.
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Instante(TypeDecorator[datetime]):
    """Un momento en UTC y con zona: PostgreSQL la guarda y SQLite la pierde."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        """Hacia la base: siempre en UTC, para que comparar instantes tenga sentido."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("Falta la zona: usa datetime.now(UTC).")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Desde la base: SQLite da la hora sin zona; PostgreSQL, en la que él tenga."""
        if not isinstance(value, datetime):
            return None
        return value.replace(tzinfo=value.tzinfo or UTC).astimezone(UTC)


def abrir(url: str) -> Engine:
    """El motor de SQLAlchemy para esa URL; se crea uno por aplicación."""
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True)
    motor = create_engine(url, connect_args={"timeout": 15})

    @event.listens_for(motor, "connect")
    def preparar(conexion: Any, _: Any) -> None:
        # SQLite no comprueba las claves ajenas si no se le pide; y con WAL, quien
        # escribe no deja esperando a quien lee, y basta con NORMAL para no romperse.
        conexion.execute("PRAGMA foreign_keys = ON")
        conexion.execute("PRAGMA journal_mode = WAL")
        conexion.execute("PRAGMA synchronous = NORMAL")

    return motor
