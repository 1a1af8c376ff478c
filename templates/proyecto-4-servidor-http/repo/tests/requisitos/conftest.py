# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""Cómo llegan estas pruebas a tu servidor."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from motor.fixtures import otro_huso, servicio, servicios
from motor.servicios import Avisar, Programa, Servicio, Servicios
from requisitos.carpeta import llenar

__all__ = ["otro_huso", "servicio", "servicios"]

AJUSTES = ("plazo_peticion", "plazo_inactividad", "plazo_cierre")
"""Los ajustes que alguna prueba cambia: @pytest.mark.aislada(plazo_cierre="0.3")."""


def ajustes_en(carpeta: Path) -> Mapping[str, str]:
    """Una carpeta «publico» llena de archivos, que será la raíz del servidor."""
    return {"raiz": str(llenar(carpeta / "publico"))}


def en_hilo(
    ajustes: Mapping[str, str],
    avisar: Avisar,
    crear_rutas: Callable[[], Any] | None = None,
) -> None:
    """Arranca el servidor en este hilo, con las rutas de demostración o con otras."""
    import servidor

    numeros: dict[str, Any] = {n: float(ajustes[n]) for n in AJUSTES if n in ajustes}
    puerto = int(ajustes.get("puerto", "0"))
    en_marcha = servidor.crear_servidor(
        ajustes["raiz"],
        (crear_rutas or servidor.crear_demo)(),
        servidor.Ajustes(puerto=puerto, **numeros),
    )
    host, puerto = en_marcha.direccion
    avisar(f"http://{host}:{puerto}", en_marcha.detener)
    en_marcha.servir()


def orden(ajustes: Mapping[str, str], puerto: int) -> Sequence[str]:
    """La orden que lo arranca en un proceso aparte."""
    opciones = [sys.executable, "-m", "servidor", "--puerto", str(puerto)]
    for nombre in ("raiz", *AJUSTES):
        if nombre in ajustes:
            opciones += [f"--{nombre.replace('_', '-')}", ajustes[nombre]]
    return opciones


PROGRAMA = Programa(
    paquete="servidor", ajustes=ajustes_en, en_hilo=en_hilo, orden=orden
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Las rutas que escribe una prueba se ejecutan en su proceso."""
    for item in items:
        if "con_rutas" in getattr(item, "fixturenames", ()):
            item.add_marker("en_proceso")


@pytest.fixture(scope="session")
def programa() -> Programa:
    """El servidor que comparten las pruebas, y los que se hacen aparte."""
    return PROGRAMA


@pytest.fixture
def publico(servicio: Servicio, pytestconfig: pytest.Config) -> Path:
    """La carpeta que sirve el servidor de esta prueba, ya llena de archivos.

    Con --direccion hay que decir cuál es en la variable de entorno SERVIDOR_RAIZ.
    """
    if not pytestconfig.getoption("--direccion"):
        return Path(servicio.preparar()["raiz"])
    if "SERVIDOR_RAIZ" not in os.environ:
        pytest.skip("con --direccion, di en SERVIDOR_RAIZ qué carpeta sirve")
    return llenar(Path(os.environ["SERVIDOR_RAIZ"]))


@pytest.fixture
def con_rutas(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Servicio]]:
    """Levanta, en este mismo proceso, un servidor con rutas escritas en la prueba."""
    with ExitStack() as pila:

        def levantar(crear_rutas: Callable[[], Any], **ajustes: str) -> Servicio:
            programa = Programa(
                paquete="servidor",
                ajustes=ajustes_en,
                en_hilo=partial(en_hilo, crear_rutas=crear_rutas),
                orden=orden,
            )
            propios = Servicios(programa, pytestconfig, tmp_path_factory.mktemp)
            propios.direccion, propios.en_proceso = None, False
            nuevo = propios.nuevo(**ajustes)
            pila.callback(nuevo.cerrar)
            return nuevo

        yield levantar
