"""Las migraciones de Alembic, hacia delante y hacia atrás."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from motor.arranque import en_el_entorno

RAIZ = Path(__file__).parents[2]


def alembic(url: str, orden: Callable[[Config], object]) -> None:
    """Ejecuta una orden de Alembic sobre esa base, o falla diciendo qué pasó.

    Los errores al importar tu código salen tal cual.
    """
    config = Config(RAIZ / "alembic.ini")
    with en_el_entorno({"DATABASE_URL": url}):
        try:
            orden(config)
        except (ImportError, SyntaxError):
            raise
        except Exception as error:
            raise AssertionError(
                "Se esperaba que tus migraciones funcionaran, y Alembic ha fallado "
                f"({type(error).__name__}): {error}"
            ) from error


def migrar(url: str) -> None:
    """«alembic upgrade head» en esa base: las tablas, como las deja tu programa."""
    alembic(url, subir)


def subir(config: Config) -> None:
    """«alembic upgrade head»."""
    command.upgrade(config, "head")


def paso_a_paso(config: Config) -> None:
    """Deshace las migraciones una a una, rehaciendo cada una con los datos que queden.

    Así se ve si una columna nueva y obligatoria sabe qué poner en las filas que ya hay.
    """
    for paso in ScriptDirectory.from_config(config).walk_revisions():
        anterior = paso.down_revision or "base"
        if isinstance(anterior, str):  # la que une dos ramas no se deshace sola
            command.downgrade(config, anterior)
            command.upgrade(config, paso.revision)
            command.downgrade(config, anterior)
    command.downgrade(config, "base")
