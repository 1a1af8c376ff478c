# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""El programa que se prueba, y el cliente que le habla. Es de la plantilla."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx2
import pytest
from motor import asgi
from motor.cliente import nuevo_cliente
from motor.fixtures import servicio, servicios
from motor.puertos import puerto_libre
from motor.recursos import Tercero
from motor.redis import Redis
from motor.servicios import Programa, Servicio, Trabajador
from requisitos.api import (
    CORTE,
    FALLOS,
    INTENTOS,
    LIMITES,
    PRESTAMO,
    REINTENTO,
    VENTANA,
    Api,
)
from requisitos.proveedores import Buzon, Pasarela, Recolector

__all__ = ["servicio", "servicios"]

FABRICA = "avisos.main:crear_app"
AJUSTES = {
    "CLOCK_KEY": "pruebas:reloj",
    "SMS_KEY": "la-clave-de-sms",
    "PUSH_KEY": "la-clave-de-push",
    "MAIL_FROM": "avisos@servicio.example",
    "PROVIDER_TIMEOUT_SECONDS": "1.5",
    "MAX_ATTEMPTS": str(INTENTOS),
    "RETRY_SECONDS": str(REINTENTO),
    "LEASE_SECONDS": str(PRESTAMO),
    "RATE_WINDOW_SECONDS": str(VENTANA),
    "BREAKER_FAILURES": str(FALLOS),
    "BREAKER_SECONDS": str(CORTE),
    "OTEL_SERVICE_NAME": "avisos-de-prueba",
    "OTEL_BSP_SCHEDULE_DELAY": "50",
} | {f"RATE_LIMIT_{canal.upper()}": str(limite) for canal, limite in LIMITES.items()}


def ajustes(_: Path) -> dict[str, str]:
    """Los de un programa: cada uno enseña sus métricas en un puerto suyo."""
    return AJUSTES | {"WORKER_METRICS_ADDRESS": f"127.0.0.1:{puerto_libre()}"}


SIN_METRICAS = """
import os, runpy
os.environ["WORKER_METRICS_ADDRESS"] = ""
runpy.run_module("avisos.trabajador", run_name="__main__")
"""
"""El segundo trabajador: la dirección de las métricas es del primero."""


def trabajador(*orden: str, siempre: bool) -> Trabajador:
    """El proceso que envía."""
    entera = [sys.executable, *orden]
    return Trabajador(lambda _: entera, listo="trabajador listo", siempre=siempre)


@pytest.fixture(scope="session")
def programa() -> Programa:
    """Tu servicio, con su Redis, y los de fuera."""
    return Programa(
        paquete="avisos.main",
        en_hilo=partial(asgi.en_hilo, FABRICA),
        orden=partial(asgi.orden, FABRICA),
        ajustes=ajustes,
        recursos=[
            Redis(),
            Tercero("email", Buzon, lambda s: {"SMTP_URL": s.url}),
            Tercero(
                "sms",
                partial(Pasarela, clave=AJUSTES["SMS_KEY"]),
                lambda s: {"SMS_URL": s.url},
            ),
            Tercero(
                "push",
                partial(Pasarela, clave=AJUSTES["PUSH_KEY"]),
                lambda s: {"PUSH_URL": s.url},
            ),
            Tercero(
                "recolector",
                Recolector,
                lambda s: {"OTEL_EXPORTER_OTLP_ENDPOINT": s.url},
            ),
        ],
        trabajadores={
            "trabajador": trabajador("-m", "avisos.trabajador", siempre=True),
            "otro trabajador": trabajador("-c", SIN_METRICAS, siempre=False),
        },
        ajeno=[
            "fastapi",
            "redis.asyncio",
            "jinja2",
            "uvicorn",
            "opentelemetry.sdk.trace",
        ],
    )


@pytest.fixture(scope="session")
def cliente() -> Iterator[httpx2.Client]:
    """Un cliente de HTTP para toda la sesión."""
    with nuevo_cliente() as cliente:
        yield cliente


@pytest.fixture
def api(servicio: Servicio, cliente: httpx2.Client) -> Api:
    """Un cliente que habla con el programa."""
    return Api(servicio, cliente)
