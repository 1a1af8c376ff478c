"""El registro del propio programa: qué hace y qué le pasa, lejos del informe."""

from __future__ import annotations

import glob
import logging
import sys
import time
from pathlib import Path

from analizador.errores import ErrorDeUso
from analizador.texto import visible

FORMATO = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class UnaLinea(logging.Formatter):
    """Un apunte, una línea: nada de lo que se apunte puede fingir otro apunte."""

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        """El apunte, con lo que no se ve escrito como \\n, \\x1b…"""
        return visible(super().format(record))


def copias_de(archivo: Path | None, cuantas: int) -> list[Path]:
    """Las copias que ya hay de ese registro, que se tocarían al cambiar de archivo."""
    if archivo is None:
        return []
    return [
        ruta
        for ruta in archivo.parent.glob(f"{glob.escape(archivo.name)}.*")
        if ruta.suffix[1:].isdecimal() and 1 <= int(ruta.suffix[1:]) <= cuantas
    ]


def configurar(
    nivel: str | None, archivo: Path | None, max_bytes: int, copias: int
) -> None:
    """Enciende el registro si se pide, en un archivo que rota o en la salida de error.

    Raises:
        ErrorDeUso: el archivo no se puede abrir.
    """
    registro = logging.getLogger("analizador")
    registro.propagate = False
    registro.handlers.clear()
    if nivel is None and archivo is None:
        registro.addHandler(logging.NullHandler())
        return
    destino: logging.Handler
    if archivo is None:
        destino = logging.StreamHandler(sys.stderr)
    else:
        # Tarda en importarse, y casi nunca hace falta.
        from analizador.rotacion import PorBytes

        try:
            destino = PorBytes(
                archivo, maxBytes=max_bytes, backupCount=copias, encoding="utf-8"
            )
        except OSError as error:
            raise ErrorDeUso(
                f"no puedo escribir el registro en {archivo} ({error.strerror})"
            ) from error
    destino.setFormatter(UnaLinea(FORMATO))
    registro.addHandler(destino)
    registro.setLevel(nivel or "INFO")
