"""Pruebas de humo: si fallan, es que ni siquiera arranca. Ya pasan."""

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect

from chat.__main__ import leer_ajustes
from chat.ajustes import Ajustes
from chat.servidor import servir


def test_los_ajustes_se_leen_de_la_linea_de_ordenes() -> None:
    """Lo que no se dice vale lo de siempre."""
    ajustes = leer_ajustes(["--puerto", "0", "--base", "otra.db", "--sin-invitados"])
    assert ajustes == Ajustes(base=Path("otra.db"), puerto=0, invitados=False)


def test_una_opcion_desconocida_sale_con_2(capsys: pytest.CaptureFixture[str]) -> None:
    """argparse explica el uso por la salida de error."""
    with pytest.raises(SystemExit) as salida:
        leer_ajustes(["--puerta", "0"])
    assert salida.value.code == 2
    assert "--puerta" in capsys.readouterr().err


def test_el_servidor_contesta_a_ping(tmp_path: Path) -> None:
    """Un cliente de verdad se conecta, dice «ping» y recibe su «pong»."""

    async def prueba() -> None:
        direccion: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        ajustes = Ajustes(base=tmp_path / "chat.db", puerto=0)
        servidor = asyncio.create_task(servir(ajustes, direccion.set_result))
        async with asyncio.timeout(10):
            algo: list[asyncio.Future[Any]] = [servidor, direccion]
            await asyncio.wait(algo, return_when=asyncio.FIRST_COMPLETED)
            if servidor.done():
                servidor.result()  # si no ha arrancado, aquí se ve por qué
            async with connect(direccion.result(), proxy=None) as conexion:
                await conexion.send('{"v": 1, "id": 1, "accion": "ping"}')
                respuesta = json.loads(await conexion.recv())
            servidor.cancel()
            with suppress(asyncio.CancelledError):
                await servidor
        assert respuesta == {"v": 1, "id": 1, "ok": True, "datos": {"pong": True}}

    asyncio.run(prueba())
