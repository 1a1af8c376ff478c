# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""El programa que se prueba, y el cliente que le habla. Es de la plantilla."""

from __future__ import annotations

import asyncio
import gc
import logging
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from motor.servicio import Avisar, Programa, Servicio, Servicios
from requisitos.api import JEFA, Api
from requisitos.bases import Bases

RAIZ = Path(__file__).parents[2]
AJUSTES = {
    "SECRET_KEY": "solo-para-las-pruebas-0123456789abcdef",
    "ACCESS_TOKEN_SECONDS": "600",
    "REFRESH_TOKEN_SECONDS": "3600",
    "MAX_IMAGE_BYTES": "60000",
    "ADMIN_USER": JEFA[0],
    "ADMIN_PASSWORD": JEFA[1],
}


def en_hilo(_: Mapping[str, str], avisar: Avisar) -> None:
    """Uvicorn en este hilo, con la aplicación que crea tu fábrica."""
    import uvicorn

    from blog.main import crear_app

    if not gc.get_freeze_count():
        gc.freeze()  # lo ya importado no se va: que no se repase una vez tras otra

    class Servidor(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if not self.should_exit:
                puerto = self.servers[0].sockets[0].getsockname()[1]
                avisar(f"http://127.0.0.1:{puerto}", self.parar)

        async def main_loop(self) -> None:
            vuelta = 0  # como el de uvicorn, pero se entera antes de que debe parar
            while not await self.on_tick(vuelta):
                vuelta += 1
                await asyncio.sleep(0.01)

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            # Como el de uvicorn, sin la décima de segundo que espera a los clientes.
            for servidor in self.servers:
                servidor.close()
            for conexion in list(self.server_state.connections):
                conexion.shutdown()
            await self.lifespan.shutdown()

        def parar(self) -> None:
            self.should_exit = True

    config = uvicorn.Config(
        crear_app(),
        port=0,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    apuntes = Apuntes()
    try:
        Servidor(config).run()
    except SystemExit:
        raise RuntimeError("\n".join(apuntes.errores)) from None
    finally:
        logging.getLogger("uvicorn.error").removeHandler(apuntes)


class Apuntes(logging.Handler):
    """Lo que uvicorn cuenta de un arranque fallido, que solo sale por su registro."""

    def __init__(self) -> None:
        """Empieza a escuchar."""
        super().__init__(logging.ERROR)
        self.errores: list[str] = []
        logging.getLogger("uvicorn.error").addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Apunta el mensaje, con su traza."""
        self.errores.append(self.format(record))


def orden(_: Mapping[str, str], puerto: int) -> list[str]:
    """La misma orden del README, en otro puerto."""
    uvicorn = [sys.executable, "-m", "uvicorn", "blog.main:crear_app", "--factory"]
    return [*uvicorn, "--port", str(puerto), "--timeout-graceful-shutdown", "1"]


@pytest.fixture(scope="session")
def bases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bases]:
    """Bases de datos con tus migraciones ya aplicadas."""
    with Bases(RAIZ, tmp_path_factory.mktemp("plantilla")) as bases:
        yield bases


@pytest.fixture(scope="session")
def servicios(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory, bases: Bases
) -> Iterator[Servicios]:
    """Los programas de esta sesión."""

    @contextmanager
    def entorno(carpeta: Path) -> Iterator[dict[str, str]]:
        with bases.nueva(carpeta) as url:
            media = carpeta / "media"
            yield AJUSTES | {"DATABASE_URL": url, "MEDIA_DIR": str(media)}

    programa = Programa(
        paquete="blog.main",
        entorno=entorno,
        en_hilo=en_hilo,
        orden=orden,
        ajeno=("alembic.command", "fastapi", "sqlalchemy.orm", "uvicorn"),
    )
    with Servicios(programa, pytestconfig, tmp_path_factory.mktemp) as servicios:
        yield servicios


@pytest.fixture
def servicio(
    request: pytest.FixtureRequest, servicios: Servicios
) -> Iterator[Servicio]:
    """El programa de esta prueba; arranca cuando se le pide algo."""
    yield from servicios.para(request)


@pytest.fixture(scope="session")
def cliente() -> Iterator[httpx2.Client]:
    """Un cliente de HTTP para toda la sesión: abrir otro en cada prueba es lento."""
    # Una conexión ociosa se deja antes de que la cierre el servidor (uvicorn, a los
    # 5 s): si no, una petición puede llegar justo cuando se está cerrando.
    limites = httpx2.Limits(max_connections=None, keepalive_expiry=1)
    with httpx2.Client(trust_env=False, limits=limites) as cliente:
        yield cliente


@pytest.fixture
def api(
    request: pytest.FixtureRequest, servicio: Servicio, cliente: httpx2.Client
) -> Api:
    """Un cliente que habla con el programa y conoce a gente con cada rol."""
    marca = request.node.get_closest_marker("aislada")
    return Api(servicio, cliente, aislada=marca is not None and not marca.args)
