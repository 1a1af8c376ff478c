"""Una aplicación ASGI (FastAPI, Django…) en marcha con Uvicorn, en un hilo o aparte."""

from __future__ import annotations

import asyncio
import gc
import importlib
import logging
import socket
import sys
from collections.abc import Mapping

from motor.arranque import Avisar


def en_hilo(
    donde: str, _: Mapping[str, str], avisar: Avisar, *, fabrica: bool = True
) -> None:
    """Uvicorn en este hilo, hasta que se le pida parar.

    ``donde`` es lo mismo que se le dice a uvicorn: «blog.main:crear_app», que es una
    función que crea la aplicación (o con ``fabrica=False`` la aplicación misma).
    """
    import uvicorn

    modulo, nombre = donde.split(":")
    encontrada = getattr(importlib.import_module(modulo), nombre, None)
    if encontrada is None:
        raise ImportError(f"Se esperaba «{nombre}» en el módulo {modulo}, y no está")
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
        encontrada() if fabrica else encontrada,
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


def orden(
    donde: str, _: Mapping[str, str], puerto: int, *, fabrica: bool = True
) -> list[str]:
    """La orden que arranca lo mismo en un proceso aparte."""
    uvicorn = [sys.executable, "-m", "uvicorn", donde, "--port", str(puerto)]
    opciones = ["--factory"] if fabrica else []
    return [*uvicorn, *opciones, "--timeout-graceful-shutdown", "1"]
