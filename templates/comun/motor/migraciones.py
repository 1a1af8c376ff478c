"""Las migraciones de Alembic, hacia delante y hacia atrás."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from motor.arranque import en_el_entorno
from motor.entorno import APARTE, entorno_de_prueba
from motor.limites import plazo

RAIZ = Path(__file__).parents[2]
EN_OTRO = "import sys; from motor import migraciones; migraciones.hacer(*sys.argv[1:])"


def alembic(url: str, orden: Callable[[Config], object]) -> None:
    """Ejecuta una orden de Alembic sobre esa base, o falla diciendo qué pasó.

    ``orden`` es una función de un módulo, o un ``partial`` de una. Los errores al
    importar tu código salen tal cual.
    """
    if APARTE:
        _en_otro_proceso(url, orden)
        return
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


def _en_otro_proceso(url: str, orden: Callable[[Config], object]) -> None:
    entera = orden if isinstance(orden, partial) else partial(orden)
    nombre = f"{entera.func.__module__}:{entera.func.__name__}"
    argumentos = [url, nombre, json.dumps(entera.keywords)]
    caminos = {"PYTHONPATH": f"{RAIZ / 'src'}:{RAIZ / 'tests'}", "DATABASE_URL": url}
    hecho = subprocess.run(
        [sys.executable, "-c", EN_OTRO, *argumentos],
        env=entorno_de_prueba(caminos),
        cwd=RAIZ,
        capture_output=True,
        timeout=plazo(60),
        check=False,
    )
    if hecho.returncode:
        error = hecho.stderr.decode("utf-8", "replace").strip()
        raise AssertionError(
            f"Se esperaba que tus migraciones funcionaran, y no:\n{error[-2000:]}"
        )


def hacer(url: str, nombre: str, argumentos: str) -> None:
    """Lo que ``alembic`` manda hacer en otro proceso: la orden, por su nombre."""
    modulo, funcion = nombre.split(":")
    orden = getattr(importlib.import_module(modulo), funcion)
    alembic(url, partial(orden, **json.loads(argumentos)))


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
