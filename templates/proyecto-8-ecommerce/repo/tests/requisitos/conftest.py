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
from motor.fixtures import servicio, servicios
from motor.migraciones import migrar
from motor.recursos import Tercero
from motor.redis import Redis
from motor.servicios import Programa, Servicio
from motor.stripe_falso import StripeFalso
from requisitos.api import JEFA, Api

__all__ = ["servicio", "servicios"]

FABRICA = "tienda.main:crear_app"
AJUSTES = {
    "SECRET_KEY": "solo-para-las-pruebas-0123456789abcdef",
    "ACCESS_TOKEN_SECONDS": "3600",
    "PASSWORD_MEMORY_KIB": "64",
    "ADMIN_USER": JEFA[0],
    "ADMIN_PASSWORD": JEFA[1],
    "IVA": "21",
    "CART_SECONDS": "86400",
    "CACHE_SECONDS": "60",
}


@pytest.fixture(scope="session")
def bases() -> BaseDeDatos:
    """Bases de datos con tus migraciones ya aplicadas."""
    return BaseDeDatos(migrar, esquema="postgresql+psycopg")


@pytest.fixture(scope="session")
def programa(bases: BaseDeDatos) -> Programa:
    """Tu aplicación en Uvicorn, con su base, un Stripe de mentira y, si hay, Redis."""
    return Programa(
        paquete="tienda.main",
        en_hilo=partial(asgi.en_hilo, FABRICA),
        orden=partial(asgi.orden, FABRICA),
        ajustes=lambda carpeta: AJUSTES | {"RELOJ": str(carpeta / "reloj")},
        recursos=[
            bases,
            Redis(opcional=True),
            Tercero("Stripe", StripeFalso, lambda stripe: stripe.ajustes()),
        ],
        ajeno=[
            "alembic.command",
            "fastapi",
            "redis",
            "sqlalchemy.orm",
            "stripe",
            "uvicorn",
        ],
    )


@pytest.fixture(scope="session")
def cliente() -> Iterator[httpx2.Client]:
    """Un cliente de HTTP para toda la sesión."""
    with nuevo_cliente() as cliente:
        yield cliente


@pytest.fixture
def api(servicio: Servicio, cliente: httpx2.Client) -> Iterator[Api]:
    """Un cliente que sabe comprar; al acabar, pone en hora el reloj del programa."""
    api = Api(servicio, cliente)
    yield api
    api.en_hora()


@pytest.fixture
def stripe(servicio: Servicio) -> Iterator[StripeFalso]:
    """El Stripe de mentira, recién vaciado, que avisa al programa de esta prueba."""
    direccion = servicio.direccion
    falso: StripeFalso = servicio.recurso("Stripe").servidor
    falso.avisos.esperar()
    falso.vaciar()
    falso.avisos.url = f"{direccion}/stripe/webhook"
    yield falso
    falso.avisos.url = ""
    falso.avisos.esperar()
