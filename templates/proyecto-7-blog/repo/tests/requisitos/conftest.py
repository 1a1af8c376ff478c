# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""El programa que se prueba, y el cliente que le habla. Es de la plantilla."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import httpx2
import pytest
from motor import asgi
from motor.bases import BaseDeDatos
from motor.cliente import nuevo_cliente
from motor.fixtures import otro_huso, servicio, servicios
from motor.migraciones import migrar
from motor.servicios import Programa, Servicio
from requisitos.api import JEFA, Api

__all__ = ["otro_huso", "servicio", "servicios"]

FABRICA = "blog.main:crear_app"
AJUSTES = {
    "SECRET_KEY": "solo-para-las-pruebas-0123456789abcdef",
    "ACCESS_TOKEN_SECONDS": "600",
    "REFRESH_TOKEN_SECONDS": "3600",
    "MAX_IMAGE_BYTES": "60000",
    "ADMIN_USER": JEFA[0],
    "ADMIN_PASSWORD": JEFA[1],
}


@pytest.fixture(scope="session")
def bases() -> BaseDeDatos:
    """Bases de datos con tus migraciones ya aplicadas."""
    return BaseDeDatos(migrar, esquema="postgresql+psycopg")


@pytest.fixture(scope="session")
def programa(bases: BaseDeDatos) -> Programa:
    """Tu aplicación en Uvicorn, cada una con su base de datos y su carpeta."""
    return Programa(
        paquete="blog.main",
        en_hilo=partial(asgi.en_hilo, FABRICA),
        orden=partial(asgi.orden, FABRICA),
        ajustes=lambda carpeta: AJUSTES | {"MEDIA_DIR": str(carpeta / "media")},
        recursos=[bases],
        ajeno=["alembic.command", "fastapi", "sqlalchemy.orm", "uvicorn"],
    )


@pytest.fixture(scope="session")
def cliente() -> Iterator[httpx2.Client]:
    """Un cliente de HTTP para toda la sesión."""
    with nuevo_cliente() as cliente:
        yield cliente


@pytest.fixture
def api(
    request: pytest.FixtureRequest, servicio: Servicio, cliente: httpx2.Client
) -> Api:
    """Un cliente que habla con el programa y conoce a gente con cada rol."""
    marca = request.node.get_closest_marker("aislada")
    return Api(servicio, cliente, aislada=marca is not None and not marca.args)
