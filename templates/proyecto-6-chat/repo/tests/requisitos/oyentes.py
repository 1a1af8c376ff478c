# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""Clientes asíncronos: doscientos caben en un solo hilo."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from motor.servicio import Servicio
from requisitos.clientes import Datos, leer_trama, necesita, peticion, resumida
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake


class Oyente:
    """Un cliente que lee siempre, y al que no hay que esperar."""

    def __init__(self, servicio: Servicio, conexion: ClientConnection) -> None:
        """``conexion`` ya está abierta y lee sola todo lo que llega."""
        self.servicio = servicio
        self.conexion = conexion
        self._eventos: deque[Datos] = deque()

    @asynccontextmanager
    async def _vigilar(self, que: str) -> AsyncIterator[None]:
        with self.servicio.vigilar(que=que):
            try:
                async with asyncio.timeout(self.servicio.plazo):
                    yield
            except ConnectionClosed as cierre:
                raise AssertionError(
                    f"Se esperaba {que}, y el servidor cortó a un cliente que lee "
                    f"({cierre.rcvd or 'sin despedirse'})"
                ) from cierre

    async def _recibir(self, que: str) -> Datos:
        async with self._vigilar(que):
            return leer_trama(await self.conexion.recv())

    async def enviar(self, accion: str, **datos: Any) -> None:
        """Pide algo sin esperar la respuesta."""
        async with self._vigilar(f"poder enviar «{accion}»"):
            await self.conexion.send(json.dumps(peticion(accion, datos)))

    async def respuesta(self, accion: str) -> Datos:
        """La próxima respuesta, que tiene que ser buena: sus datos."""
        while "evento" in (trama := await self._recibir(f"la respuesta a «{accion}»")):
            self._eventos.append(trama)
        assert trama["ok"], f"Se esperaba que «{accion}» fuera bien: {resumida(trama)}"
        return trama["datos"]

    async def exito(self, accion: str, **datos: Any) -> Datos:
        """Pide algo que tiene que salir bien, y da sus datos."""
        await self.enviar(accion, **datos)
        return await self.respuesta(accion)

    async def mensajes(self, cuantos: int) -> list[Datos]:
        """Los próximos mensajes."""
        recibidos: list[Datos] = []
        while len(recibidos) < cuantos:
            que = f"el mensaje {len(recibidos) + 1} de {cuantos}"
            trama = self._eventos.popleft() if self._eventos else None
            trama = trama or await self._recibir(que)
            assert trama.get("evento") == "mensaje", (
                f"Se esperaba {que}, y llegó: {resumida(trama)}"
            )
            recibidos.append(trama["datos"])
        return recibidos


@asynccontextmanager
async def oyentes(
    servicio: Servicio, sala: str, cuantos: int
) -> AsyncIterator[list[Oyente]]:
    """Tantos clientes dentro de una sala nueva; al salir, se van."""
    todos: list[Oyente] = []
    async with AsyncExitStack() as pila:
        for _ in range(cuantos):
            with servicio.vigilar(InvalidHandshake, que="abrir una conexión"):
                conexion = await pila.enter_async_context(
                    connect(
                        servicio.direccion,
                        compression=None,
                        proxy=None,
                        open_timeout=servicio.plazo,
                        ping_interval=None,
                        close_timeout=0.1,
                        max_queue=None,
                    )
                )
            todos.append(Oyente(servicio, conexion))
        with necesita("R5", "R2"):
            await todos[0].exito("crear_sala", sala=sala)
            for oyente in todos:
                await oyente.enviar("entrar_sala", sala=sala)
            for oyente in todos:
                await oyente.respuesta("entrar_sala")
        yield todos
        for oyente in todos:
            oyente.conexion.transport.abort()
