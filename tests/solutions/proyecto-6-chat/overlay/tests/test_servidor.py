"""El servidor entero: se para aunque haya alguien que no lee."""

import asyncio
import socket
from contextlib import suppress
from pathlib import Path

from websockets.asyncio.client import connect

from chat.ajustes import Ajustes
from chat.servidor import servir


def test_se_para_aunque_alguien_no_lea(tmp_path: Path) -> None:
    """Un cliente atascado no le hace esperar los diez segundos de close_timeout."""

    async def prueba() -> None:
        direccion: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        ajustes = Ajustes(base=tmp_path / "chat.db", puerto=0, cola=1000)
        servidor = asyncio.create_task(servir(ajustes, direccion.set_result))
        enchufe = socket.socket()
        enchufe.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        async with asyncio.timeout(9):
            host, puerto = (await direccion).removeprefix("ws://").split(":")
            enchufe.connect((host, int(puerto)))
            conexion = await connect(await direccion, sock=enchufe, proxy=None)
            await conexion.send('{"v":1,"id":1,"accion":"ping"}')
            await conexion.recv()
            conexion.transport.pause_reading()
            peticion = '{"v":1,"id":1,"accion":"no existe' + "x" * 1000 + '"}'
            for _ in range(5000):
                await conexion.send(peticion)
                if conexion.transport.get_write_buffer_size() > 0:
                    break
            servidor.cancel()
            with suppress(asyncio.CancelledError):
                await servidor
            conexion.transport.abort()

    asyncio.run(prueba())
