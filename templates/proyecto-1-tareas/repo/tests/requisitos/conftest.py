# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""Lo que comparten las pruebas de requisitos."""

from pathlib import Path

import pytest
from apoyo import Tareas


@pytest.fixture
def tareas(tmp_path: Path) -> Tareas:
    """El programa con un archivo que todavía no existe."""
    return Tareas(tmp_path / "tareas.json")
