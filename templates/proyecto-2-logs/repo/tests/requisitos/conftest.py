# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""Lo que comparten las pruebas de requisitos."""

from pathlib import Path

import pytest
from motor.en_paralelo import EnParalelo
from requisitos.apoyo import Analizador

EN_PARALELO = EnParalelo({"tmp_path": Path, "analizador": lambda _: Analizador()})


@pytest.fixture
def analizador() -> Analizador:
    """El programa, visto desde fuera."""
    return Analizador()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Mientras una prueba espera a su programa, las siguientes ya empiezan."""
    return EN_PARALELO.hacer(pyfuncitem)


def pytest_sessionfinish() -> None:
    """Lo que no llegó a empezar ya no hace falta."""
    EN_PARALELO.cerrar()
