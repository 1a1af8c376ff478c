"""Lo que queda en disco, en un archivo de SQLite. Solo este módulo habla SQL."""

from __future__ import annotations

from pathlib import Path
from typing import Any


class Almacen:
    """El archivo de SQLite, con una operación por método.

    R3: las salas y los mensajes. R4: las cuentas y las sesiones. Dos avisos:

    - sqlite3 bloquea, y mientras bloquea no se atiende a nadie. Un hilo lo arregla, y
      si es siempre el mismo, las escrituras van en fila. Roadmap 2.3:
      https://docs.python.org/3/library/concurrent.futures.html y, para llamarlo,
      https://docs.python.org/3/library/asyncio-eventloop.html (run_in_executor)
    - los valores van con «?», nunca pegados al texto de la consulta:
      https://docs.python.org/3/library/sqlite3.html
    """

    def __init__(self, base: Path) -> None:
        """R3: aquí se abre el archivo, y se crean las tablas que falten."""
        self.base = base

    async def historial(
        self, sala: str, antes: int | None, limite: int
    ) -> tuple[list[dict[str, Any]], bool]:
        """Los `limite` mensajes anteriores al número `antes`, y si quedan más.

        R3: se piden los últimos, pero se dan del más viejo al más nuevo. ¿Cómo sabrás
        si detrás hay otra página sin contarlas todas?
        """
        raise NotImplementedError("R3 · leer el historial")
