# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""El programa que se prueba, y lo que le rodea. Es de la plantilla."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx2
import pytest
from motor import asgi
from motor.bases import BaseDeDatos
from motor.cliente import nuevo_cliente, unico
from motor.fixtures import servicio, servicios
from motor.migraciones import migrar
from motor.navegador import Navegador
from motor.redis import Redis
from motor.servicios import Programa, Servicio, Servicios, Trabajador
from requisitos.api import Api, Hora
from requisitos.dianas import Dianas

__all__ = ["servicio", "servicios"]

FABRICA = "monitor.main:crear_app"
CELERY = [sys.executable, "-m", "celery", "-A", "monitor.cola"]


def ajustes_en(carpeta: Path) -> Mapping[str, str]:
    """Los de un programa; su reloj marca la hora en que se creó, y está parado."""
    reloj = carpeta / "reloj"
    reloj.write_text(datetime.now(UTC).isoformat(), encoding="utf-8")
    return {
        "DESTINOS_PERMITIDOS": "127.0.0.1/32, 198.51.100.0/24",
        "RELOJ": str(reloj),
        "RONDA_SEGUNDOS": "0.2",
        "REINTENTOS": "2",
        "REINTENTO_SEGUNDOS": "0.1",
        "COLA_SEGUNDOS": "2",
    }


def orden_de_worker(_: Mapping[str, str]) -> list[str]:
    """«celery worker», con dos procesos y sin lo que solo sirve con muchos workers."""
    solo = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return [*CELERY, "worker", "-n", f"{unico('w')}@%h", "-l", "INFO", "-c", "2", *solo]


def orden_de_beat(ajustes: Mapping[str, str]) -> list[str]:
    """«celery beat», con su horario en la carpeta del programa."""
    horario = Path(ajustes["RELOJ"]).with_name("beat")
    return [*CELERY, "beat", "-l", "INFO", "--pidfile=", "--schedule", str(horario)]


@pytest.fixture(scope="session")
def bases() -> BaseDeDatos:
    """Bases de datos con tus migraciones ya aplicadas."""
    return BaseDeDatos(migrar, esquema="postgresql+psycopg")


@pytest.fixture(scope="session")
def programa(bases: BaseDeDatos) -> Programa:
    """Tu aplicación en Uvicorn y, para R4, sus dos procesos de Celery."""
    return Programa(
        paquete="monitor.main",
        en_hilo=partial(asgi.en_hilo, FABRICA),
        orden=partial(asgi.orden, FABRICA),
        ajustes=ajustes_en,
        recursos=[bases, Redis()],
        trabajadores={
            "worker": Trabajador(orden_de_worker, listo=" ready.", siempre=False),
            "otro worker": Trabajador(orden_de_worker, listo=" ready.", siempre=False),
            "beat": Trabajador(orden_de_beat, listo="beat: Starting", siempre=False),
        },
        ajeno=[
            "alembic.command",
            "celery",
            "fastapi",
            "sqlalchemy.orm",
            "strawberry.fastapi",
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
    """Un cliente que habla con el programa."""
    api = Api(servicio, cliente)
    yield api
    api.parar_los_activos()


@pytest.fixture(scope="session")
def _dianas() -> Iterator[Dianas]:
    dianas = Dianas()
    yield dianas
    dianas.cerrar()


@pytest.fixture
def dianas(_dianas: Dianas, servicios: object) -> Iterator[Dianas]:
    """Los servicios que se vigilan, en este ordenador."""
    if getattr(servicios, "direccion", None) is not None:
        pytest.skip("con --direccion, tu programa no llega a los servicios de prueba")
    _dianas.intrusos.clear()
    yield _dianas
    _dianas.soltar()


@pytest.fixture
def hora(api: Api) -> Hora:
    """El reloj de este programa."""
    return Hora(api)


@pytest.fixture(scope="session", autouse=True)
def con_cola(
    request: pytest.FixtureRequest, servicios: Servicios
) -> Iterator[Servicio | None]:
    """El programa de R4. Sus procesos de Celery empiezan antes que nadie: tardan."""
    hay = any("test_r4_" in prueba.nodeid for prueba in request.session.items)
    if not hay or servicios.direccion is not None or os.name == "nt":
        yield None
        return
    servicio = servicios.nuevo()
    with suppress(Exception):  # si no se puede, lo contará quien los pida
        servicio.adelantar("worker", "otro worker", "beat")
    yield servicio
    servicio.colgado = True  # Celery tarda en despedirse: no se le espera
    servicio.cerrar()


@pytest.fixture(scope="session")
def navegador() -> Iterator[Navegador]:
    """Chromium, para toda la sesión."""
    navegador = Navegador()
    yield navegador
    navegador.cerrar()
