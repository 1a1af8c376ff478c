"""Lo que queda en disco, en un archivo de SQLite.

sqlite3 bloquea, y un servidor asíncrono no puede bloquearse: todo pasa por un único
hilo, que además pone las escrituras en fila.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

ESQUEMA = """
CREATE TABLE IF NOT EXISTS salas (nombre TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mensajes (
    sala TEXT NOT NULL REFERENCES salas (nombre),
    numero INTEGER NOT NULL,
    autor TEXT NOT NULL,
    texto TEXT NOT NULL,
    fecha TEXT NOT NULL,
    PRIMARY KEY (sala, numero)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS usuarios (
    nombre TEXT PRIMARY KEY,
    clave TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sesiones (
    resumen BLOB PRIMARY KEY,
    nombre TEXT NOT NULL REFERENCES usuarios (nombre),
    expira REAL NOT NULL
) WITHOUT ROWID;
"""

T = TypeVar("T")
Mensaje = dict[str, Any]


class Almacen:
    """El archivo de SQLite, con una operación por método.

    Cuando un método devuelve, lo escrito está confirmado.
    """

    def __init__(self, base: Path) -> None:
        """Abre el archivo, o lo crea. Lanza sqlite3.Error si no se puede."""
        self._conexion = sqlite3.connect(base, check_same_thread=False)
        with contextlib.ExitStack() as si_falla:
            si_falla.callback(self._conexion.close)
            self._conexion.execute("PRAGMA journal_mode = WAL")
            self._conexion.execute("PRAGMA synchronous = NORMAL")
            self._conexion.executescript(ESQUEMA)
            si_falla.pop_all()
        self._hilo = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite")

    def close(self) -> None:
        """Acaba lo empezado y cierra el archivo."""
        self._hilo.shutdown()
        self._conexion.close()

    async def _en_su_hilo(self, funcion: Callable[[sqlite3.Connection], T]) -> T:
        def en_una_transaccion() -> T:
            with self._conexion:
                return funcion(self._conexion)

        bucle = asyncio.get_running_loop()
        return await bucle.run_in_executor(self._hilo, en_una_transaccion)

    async def _insertar(self, tabla: str, *valores: str) -> bool:
        """Añade una fila. Dice que no si ya hay otra con la misma clave primaria.

        De dos que llegan a la vez, SQLite deja pasar a una: no hay que mirar antes.
        """
        huecos = ", ".join("?" * len(valores))
        orden = f"INSERT INTO {tabla} VALUES ({huecos}) ON CONFLICT DO NOTHING"
        filas = await self._en_su_hilo(
            lambda base: base.execute(orden, valores).rowcount
        )
        return filas == 1

    async def salas(self) -> list[str]:
        """Los nombres de todas las salas."""
        return await self._en_su_hilo(
            lambda base: [fila[0] for fila in base.execute("SELECT nombre FROM salas")]
        )

    async def crear_sala(self, nombre: str) -> bool:
        """Crea la sala. Dice que no si ya existía."""
        return await self._insertar("salas", nombre)

    async def guardar_mensaje(self, sala: str, autor: str, texto: str) -> Mensaje:
        """Guarda un mensaje con el número que le toca en su sala."""
        fecha = datetime.now(UTC).isoformat()

        def guardar(base: sqlite3.Connection) -> int:
            (ultimo,) = base.execute(
                "SELECT COALESCE(MAX(numero), 0) FROM mensajes WHERE sala = ?", (sala,)
            ).fetchone()
            base.execute(
                "INSERT INTO mensajes VALUES (?, ?, ?, ?, ?)",
                (sala, ultimo + 1, autor, texto, fecha),
            )
            return int(ultimo) + 1

        numero = await self._en_su_hilo(guardar)
        return _mensaje(sala, numero, autor, texto, fecha)

    async def historial(
        self, sala: str, antes: int | None, limite: int
    ) -> tuple[list[Mensaje], bool]:
        """Los `limite` mensajes anteriores al número `antes`, y si quedan más.

        Se pide uno de más: si viene, es que detrás hay otra página.
        """
        filas = await self._en_su_hilo(
            lambda base: base.execute(
                "SELECT sala, numero, autor, texto, fecha FROM mensajes"
                " WHERE sala = ? AND (? IS NULL OR numero < ?)"
                " ORDER BY numero DESC LIMIT ?",
                (sala, antes, antes, limite + 1),
            ).fetchall()
        )
        pagina = [_mensaje(*fila) for fila in reversed(filas[:limite])]
        return pagina, len(filas) > limite

    async def crear_usuario(self, nombre: str, clave: str) -> bool:
        """Guarda la cuenta, con la clave ya resumida. Dice que no si ya existía."""
        return await self._insertar("usuarios", nombre, clave)

    async def clave_de(self, nombre: str) -> str | None:
        """El resumen de la clave de una cuenta, si existe."""
        fila = await self._en_su_hilo(
            lambda base: base.execute(
                "SELECT clave FROM usuarios WHERE nombre = ?", (nombre,)
            ).fetchone()
        )
        return fila[0] if fila else None

    async def abrir_sesion(self, resumen: bytes, nombre: str, expira: float) -> None:
        """Apunta una sesión por el resumen de su token."""
        await self._en_su_hilo(
            lambda base: base.execute(
                "INSERT INTO sesiones VALUES (?, ?, ?)", (resumen, nombre, expira)
            )
        )

    async def sesion(self, resumen: bytes) -> tuple[str, float] | None:
        """De quién es una sesión y cuándo caduca, si existe."""
        fila = await self._en_su_hilo(
            lambda base: base.execute(
                "SELECT nombre, expira FROM sesiones WHERE resumen = ?", (resumen,)
            ).fetchone()
        )
        return (fila[0], fila[1]) if fila else None

    async def cerrar_sesiones(self, resumen: bytes, caducadas: float) -> None:
        """Borra esa sesión y, de paso, las caducadas antes de ese momento."""
        await self._en_su_hilo(
            lambda base: base.execute(
                "DELETE FROM sesiones WHERE resumen = ? OR expira < ?",
                (resumen, caducadas),
            )
        )


def _mensaje(sala: str, numero: int, autor: str, texto: str, fecha: str) -> Mensaje:
    return {
        "sala": sala,
        "numero": numero,
        "autor": autor,
        "texto": texto,
        "fecha": fecha,
    }
