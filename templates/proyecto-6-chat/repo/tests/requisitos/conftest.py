# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""Lo que necesitan las pruebas de requisitos: el servidor, y con quién hablarle."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from motor.fixtures import otro_huso, servicio, servicios
from motor.servicios import Avisar, Programa, Servicio
from requisitos.clientes import DE_FABRICA, Chat

__all__ = ["otro_huso", "servicio", "servicios"]


def ajustes_en(carpeta: Path) -> Mapping[str, str]:
    """Los ajustes de cada programa: un archivo que aún no existe y claves baratas."""
    return {"base": str(carpeta / "chat.db"), "coste": "16"}


def opciones(ajustes: Mapping[str, str], puerto: int) -> list[str]:
    """Los ajustes, como se escriben en la línea de órdenes.

    Uno vacío es una opción sin valor; con DE_FABRICA, la opción no se pone.
    """
    orden = ["--puerto", str(puerto)]
    for nombre, valor in ajustes.items():
        if valor != DE_FABRICA:
            orden += [f"--{nombre.replace('_', '-')}", *([valor] if valor else [])]
    return orden


def en_hilo(ajustes: Mapping[str, str], avisar: Avisar) -> None:
    """El servidor en el bucle de eventos de este hilo, hasta que se cancele."""
    from chat.__main__ import leer_ajustes
    from chat.servidor import servir

    async def vivir() -> None:
        bucle, tarea = asyncio.get_running_loop(), asyncio.current_task()
        assert tarea is not None

        def parar() -> None:
            bucle.call_soon_threadsafe(tarea.cancel)

        with suppress(asyncio.CancelledError):
            await servir(
                leer_ajustes(opciones(ajustes, puerto=0)),
                lambda direccion: avisar(direccion, parar),
            )

    asyncio.run(vivir())


def orden(ajustes: Mapping[str, str], puerto: int) -> Sequence[str]:
    """El servidor en su propio proceso."""
    return [sys.executable, "-m", "chat", *opciones(ajustes, puerto)]


PROGRAMA = Programa(
    paquete="chat.servidor",
    ajustes=ajustes_en,
    en_hilo=en_hilo,
    orden=orden,
    ajeno=["websockets.asyncio.server"],
    esquema="ws",
)


@pytest.fixture(scope="session")
def programa() -> Programa:
    """El servidor de estas pruebas."""
    with suppress(ImportError, OSError, ValueError):  # Windows no tiene este límite
        import resource

        # 200 clientes y su servidor son más archivos abiertos de los que deja macOS.
        bajo, alto = resource.getrlimit(resource.RLIMIT_NOFILE)
        if bajo != resource.RLIM_INFINITY and bajo < 1024:
            resource.setrlimit(resource.RLIMIT_NOFILE, (1024, alto))
    return PROGRAMA


@pytest.fixture
def chat(servicio: Servicio) -> Iterator[Chat]:
    """El servidor de chat, visto desde fuera. Al acabar, cuelga todas las llamadas."""
    with Chat(servicio) as puerta:
        yield puerta
