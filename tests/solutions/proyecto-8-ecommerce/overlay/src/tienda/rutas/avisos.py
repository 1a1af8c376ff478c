"""Lo que les pasa a mis pedidos, según pasa: por WebSocket."""

import asyncio
from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from tienda import avisos
from tienda.deps import usuario_de

rutas = APIRouter(tags=["avisos"])
ESPERA = 0.05
"""Segundos entre una mirada a la base y la siguiente. La base la ven todos los
procesos: por eso da igual cuál de ellos atendió la petición que cambió el pedido."""
PRESENTARSE = 5
"""Segundos que hay para decir quién eres."""
MAL, NO_IDENTIFICADO = 4400, 4401


class Saludo(BaseModel):
    """Lo primero que manda quien se conecta."""

    model_config = ConfigDict(extra="forbid", strict=True)

    token: str
    desde: Annotated[int, Field(ge=0, lt=2**31)] | None = None


@rutas.websocket("/avisos")
async def contar(ws: WebSocket) -> None:
    """Los avisos de quien se presenta: los que se perdió, y los que vaya habiendo."""
    await ws.accept()
    try:
        texto = await asyncio.wait_for(ws.receive_text(), PRESENTARSE)
        saludo = Saludo.model_validate_json(texto)
    except (TimeoutError, ValidationError, KeyError):
        await ws.close(MAL)
        return
    except WebSocketDisconnect:
        return
    quien = await run_in_threadpool(_quien, ws, saludo.token)
    if quien is None:
        await ws.close(NO_IDENTIFICADO)
        return
    usuario_id, ultimo = quien
    desde = ultimo if saludo.desde is None else saludo.desde
    tareas = [
        asyncio.create_task(_mandar(ws, usuario_id, desde)),
        asyncio.create_task(_esperar_a_que_cuelgue(ws)),
    ]
    try:
        await asyncio.wait(tareas, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for tarea in tareas:
            tarea.cancel()
        for fallo in await asyncio.gather(*tareas, return_exceptions=True):
            if isinstance(fallo, SQLAlchemyError):
                with suppress(RuntimeError, WebSocketDisconnect):
                    await ws.close(1011)


async def _esperar_a_que_cuelgue(ws: WebSocket) -> None:
    """Lo que diga da igual."""
    while (await ws.receive())["type"] != "websocket.disconnect":
        pass


async def _mandar(ws: WebSocket, usuario_id: int, desde: int) -> None:
    while True:
        for aviso in await run_in_threadpool(_leer, ws, usuario_id, desde):
            await ws.send_json(aviso)
            desde = aviso["numero"]
        await asyncio.sleep(ESPERA)


def _quien(ws: WebSocket, token: str) -> tuple[int, int] | None:
    """El número de quien manda el token, y el de su último aviso."""
    with Session(ws.app.state.motor) as bd:
        usuario = usuario_de(token, bd, ws.app.state.ajustes)
        return (usuario.id, usuario.avisos) if usuario else None


def _leer(ws: WebSocket, usuario_id: int, desde: int) -> list[dict[str, Any]]:
    with Session(ws.app.state.motor) as bd:
        return avisos.desde(bd, usuario_id, desde)
