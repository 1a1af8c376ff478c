# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""Lo que comparten las pruebas de requisitos."""

from collections.abc import Iterator

import pytest
from requisitos.taller import Taller


@pytest.fixture(scope="session")
def taller(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Taller]:
    """Sitios, carpetas y el programa; al final lo cierra todo."""
    pruebas = [p for p in request.session.items if isinstance(p, pytest.Function)]
    modulos = {prueba.module.__name__ for prueba in pruebas}
    taller = Taller(tmp_path_factory.mktemp("taller"), modulos)
    yield taller
    taller.cerrar()
