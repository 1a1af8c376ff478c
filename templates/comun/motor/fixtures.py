"""Las fixtures de un programa que atiende a la red, para importarlas en un conftest.

Cada proyecto tiene que decir cómo es el suyo en una fixture ``programa``.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from motor.servicios import Programa, Servicio, Servicios


@pytest.fixture(scope="session")
def servicios(
    programa: Programa,
    pytestconfig: pytest.Config,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Servicios]:
    """Los programas de esta sesión de pruebas: el que comparten y los aislados."""
    with Servicios(programa, pytestconfig, tmp_path_factory.mktemp) as todos:
        yield todos


@pytest.fixture
def servicio(
    request: pytest.FixtureRequest, servicios: Servicios
) -> Iterator[Servicio]:
    """El programa de esta prueba; arranca cuando se le pide algo."""
    yield from servicios.para(request)


@pytest.fixture
def otro_huso() -> Iterator[None]:
    """Un ordenador que está en Bogotá (donde se puede cambiar de huso sin más)."""
    with pytest.MonkeyPatch.context() as cambios:
        cambios.setenv("TZ", "BOG+5")
        _mirar_el_huso()
        yield
    _mirar_el_huso()


def _mirar_el_huso() -> None:
    if hasattr(time, "tzset"):
        time.tzset()
