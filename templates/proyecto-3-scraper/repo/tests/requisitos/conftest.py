# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""Lo que comparten las pruebas de requisitos."""

from collections.abc import Iterator

import pytest
from taller import Taller


@pytest.fixture(scope="session")
def taller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Taller]:
    """Sitios, carpetas y el programa; al final lo cierra todo."""
    taller = Taller(tmp_path_factory.mktemp("taller"))
    yield taller
    taller.cerrar()
