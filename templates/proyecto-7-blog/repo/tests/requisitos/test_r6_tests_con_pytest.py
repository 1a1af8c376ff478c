# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""R6 · Tests con pytest. Aquí se juzgan las pruebas que escribes tú en tests/."""

from functools import partial
from pathlib import Path

import pytest
from motor.juicio import (
    comprobar_cobertura,
    comprobar_deteccion,
    comprobar_que_pasan,
    juzgar,
)

pytestmark = pytest.mark.a_peticion
el_juicio = partial(juzgar, Path(__file__).parents[2], "blog", mutantes=8)


def test_tus_pruebas_pasan() -> None:
    """Hay al menos quince pruebas tuyas en tests/, y pasan sin red."""
    comprobar_que_pasan(el_juicio(), 15)


def test_tus_pruebas_recorren_tu_codigo() -> None:
    """Tus pruebas recorren al menos el 80 % de src/blog."""
    comprobar_cobertura(el_juicio(), 80)


def test_tus_pruebas_notan_los_errores() -> None:
    """Tus pruebas notan al menos el 60 % de los errores puestos a propósito."""
    comprobar_deteccion(el_juicio(), 0.6)
