"""Un cliente conectado: quién es y lo que está pendiente de enviarle."""

from __future__ import annotations

import asyncio
import itertools
import time

from websockets.asyncio.server import ServerConnection

_turno = itertools.count(1)


class Cliente:
    """La conexión de alguien, con su cola de salida y su sesión.

    Nadie escribe en la conexión salvo `repartir`: así las tramas salen en el orden en
    que se encolaron, y solo espera al cliente lento su propio cartero.
    """

    def __init__(self, conexion: ServerConnection, cola: int) -> None:
        """Todavía no envía nada: para eso está `repartir`."""
        self.conexion = conexion
        self.invitado = f"invitado#{next(_turno)}"
        self.token: str | None = None
        self._nombre: str | None = None
        self._expira = 0.0
        self._cola: asyncio.Queue[str] = asyncio.Queue(maxsize=cola)

    @property
    def registrado(self) -> bool:
        """Si tiene una sesión que no ha caducado."""
        return self._nombre is not None and time.time() < self._expira

    @property
    def nombre(self) -> str:
        """El de su cuenta, mientras dure la sesión; si no, el de invitado."""
        if self._nombre is not None and self.registrado:
            return self._nombre
        return self.invitado

    def identificar(self, nombre: str, token: str, expira: float) -> None:
        """Abre la sesión en esta conexión hasta `expira` (segundos de time.time)."""
        self._nombre, self.token, self._expira = nombre, token, expira

    def olvidar_sesion(self) -> None:
        """Vuelve a ser un invitado."""
        self._nombre, self.token, self._expira = None, None, 0.0

    async def responder(self, trama: str) -> None:
        """Encola una respuesta; si no cabe, espera: quien pide es quien espera."""
        await self._cola.put(trama)

    def avisar(self, trama: str) -> bool:
        """Encola un evento sin esperar jamás. Dice si cabía."""
        try:
            self._cola.put_nowait(trama)
        except asyncio.QueueFull:
            return False
        return True

    def cortar(self) -> None:
        """Cierra de golpe: a quien no lee no se le puede ni decir adiós.

        conexion.close() esperaría a que leyera lo que ya tiene pendiente.
        """
        self.conexion.transport.abort()

    async def repartir(self) -> None:
        """Envía lo encolado, una trama tras otra, hasta que la conexión se cierre."""
        while True:
            await self.conexion.send(await self._cola.get())
