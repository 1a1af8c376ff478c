"""Un cliente conectado: quién es y cómo se le envían cosas."""

from __future__ import annotations

from websockets.asyncio.server import ServerConnection


class Cliente:
    """La conexión de alguien, y lo que el servidor sabe de él.

    R2: necesita un nombre de invitado que no tenga nadie más («invitado#7»).
    R4: y, mientras dure su sesión, el nombre de su cuenta.
    """

    def __init__(self, conexion: ServerConnection) -> None:
        """`conexion` ya está abierta."""
        self.conexion = conexion

    async def enviar(self, trama: str) -> None:
        """Envía una trama.

        R5: si el cliente no lee, este `send` espera… y con él espera quien lo llama.
        ¿Quién tiene que esperar a quién? ¿Cuánto se guarda para un cliente lento?
        Busca «Queue» en https://docs.python.org/3/library/asyncio-queue.html
        """
        await self.conexion.send(trama)
