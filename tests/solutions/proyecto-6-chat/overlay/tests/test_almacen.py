"""El almacén, con un archivo de verdad."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from chat.almacen import Almacen


def test_el_historial_va_por_paginas(tmp_path: Path) -> None:
    """Se piden los últimos, se dan en orden y se sabe si quedan más."""

    async def prueba() -> None:
        with closing(Almacen(tmp_path / "chat.db")) as almacen:
            assert await almacen.crear_sala("python")
            for texto in ("uno", "dos", "tres"):
                await almacen.guardar_mensaje("python", "ana", texto)
            mensajes, hay_mas = await almacen.historial("python", None, 2)
            assert [mensaje["texto"] for mensaje in mensajes] == ["dos", "tres"]
            assert hay_mas
            mensajes, hay_mas = await almacen.historial("python", 2, 2)
            assert [mensaje["numero"] for mensaje in mensajes] == [1]
            assert not hay_mas

    asyncio.run(prueba())


def test_lo_guardado_sigue_ahi(tmp_path: Path) -> None:
    """Al abrir otra vez el archivo está todo, y los nombres siguen ocupados."""

    async def escribir() -> None:
        with closing(Almacen(tmp_path / "chat.db")) as almacen:
            await almacen.crear_sala("python")
            await almacen.crear_usuario("ana", "resumen")

    async def leer() -> None:
        with closing(Almacen(tmp_path / "chat.db")) as almacen:
            assert await almacen.salas() == ["python"]
            assert not await almacen.crear_sala("python")
            assert not await almacen.crear_usuario("ana", "otro")
            assert await almacen.clave_de("ana") == "resumen"

    asyncio.run(escribir())
    asyncio.run(leer())


def test_un_archivo_que_no_es_de_sqlite(tmp_path: Path) -> None:
    """No se abre, y no se toca."""
    base = tmp_path / "notas.txt"
    base.write_text("no soy una base de datos\n" * 100, encoding="utf-8")
    antes = base.read_bytes()
    with pytest.raises(sqlite3.DatabaseError):
        Almacen(base)
    assert base.read_bytes() == antes
