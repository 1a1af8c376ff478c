"""Lo que le pasa a mis pedidos, según pasa: por WebSocket (R5)."""

import asyncio
from typing import Any

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError
from sqlalchemy.orm import Session

from tienda.carritos import escribir_instante
from tienda.deps import usuario_de
from tienda.esquemas import Saludo
from tienda.pedidos import avisos_desde, ultimo_aviso

rutas = APIRouter(tags=["avisos"])
CADA = 0.5
"""Cada cuánto se mira si hay algo nuevo; lo hizo este proceso, u otro."""
MAXIMO = 2**31 - 1


@rutas.websocket("/avisos")
async def avisar(canal: WebSocket) -> None:
    """Primero saluda; después, un aviso por cada cosa, en orden."""
    await canal.accept()
    try:
        mensaje = await canal.receive()
        if mensaje["type"] == "websocket.disconnect":
            return
        try:
            saludo = Saludo.model_validate_json(mensaje.get("text") or "")
        except ValidationError:
            await canal.close(4400)
            return
        quien = await run_in_threadpool(_entrar, canal, saludo)
        if quien is None:
            await canal.close(4401)
            return
        seguir = asyncio.create_task(_seguir(canal, *quien))
        escuchar = asyncio.create_task(_hasta_que_se_vaya(canal))
        await asyncio.wait({seguir, escuchar}, return_when="FIRST_COMPLETED")
        for tarea in (seguir, escuchar):
            tarea.cancel()
        await asyncio.gather(seguir, escuchar, return_exceptions=True)
    except WebSocketDisconnect:
        return


def _entrar(canal: WebSocket, saludo: Saludo) -> tuple[int, int] | None:
    """Qué cuenta es y por qué número va; None si el token no vale."""
    with Session(canal.app.state.motor) as bd:
        usuario = usuario_de(saludo.token, bd, canal.app.state.ajustes)
        if usuario is None:
            return None
        if saludo.desde >= 0:
            return usuario.id, min(saludo.desde, MAXIMO)
        return usuario.id, ultimo_aviso(bd, usuario.id)


async def _seguir(canal: WebSocket, usuario_id: int, numero: int) -> None:
    while True:
        for aviso in await run_in_threadpool(_leer, canal, usuario_id, numero):
            await canal.send_json(aviso)
            numero = aviso["numero"]
        await asyncio.sleep(CADA)


def _leer(canal: WebSocket, usuario_id: int, numero: int) -> list[dict[str, Any]]:
    with Session(canal.app.state.motor) as bd:
        return [
            {
                "numero": fila.numero,
                "pedido": fila.pedido,
                "estado": fila.estado,
                "momento": escribir_instante(fila.momento),
            }
            for fila in avisos_desde(bd, usuario_id, numero)
        ]


async def _hasta_que_se_vaya(canal: WebSocket) -> None:
    """Lo que diga después del saludo no importa; que se vaya, sí."""
    while (await canal.receive())["type"] != "websocket.disconnect":
        pass
