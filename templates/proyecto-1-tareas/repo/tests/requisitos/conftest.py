# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""Lo que comparten las pruebas de requisitos."""

import os
from pathlib import Path

import pytest
from motor.en_paralelo import EnParalelo
from requisitos.apoyo import Tareas


def tareas_en(carpeta: Path) -> Tareas:
    """El programa con un archivo que todavía no existe."""
    return Tareas(carpeta / "tareas.json")


# Que ninguna prueba toque tu lista de verdad.
os.environ.pop("TAREAS_ARCHIVO", None)
EN_PARALELO = EnParalelo({"tmp_path": Path, "tareas": tareas_en})


@pytest.fixture
def tareas(tmp_path: Path) -> Tareas:
    """El programa con un archivo que todavía no existe."""
    return tareas_en(tmp_path)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Mientras una prueba espera a su programa, las siguientes ya empiezan."""
    return EN_PARALELO.hacer(pyfuncitem)


def pytest_sessionfinish() -> None:
    """Lo que no llegó a empezar ya no hace falta."""
    EN_PARALELO.cerrar()
