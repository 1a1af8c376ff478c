# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""Lo que comparten las pruebas de requisitos."""

import pytest
from apoyo import Analizador


@pytest.fixture
def analizador() -> Analizador:
    """El programa, visto desde fuera."""
    return Analizador()
