"""La línea de órdenes: «python -m chat --puerto 8765 --base chat.db»."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from chat.ajustes import Ajustes
from chat.servidor import ErrorDeArranque, servir


def leer_ajustes(argumentos: Sequence[str] | None = None) -> Ajustes:
    """Convierte las opciones en ajustes; sale con código 2 si no se entienden."""
    parser = argparse.ArgumentParser(prog="chat", description="Servidor de chat")
    parser.add_argument("--base", type=Path, help="archivo de SQLite")
    parser.add_argument("--host", help="dirección en la que escucha")
    parser.add_argument("--puerto", type=int, help="0 elige uno libre")
    parser.add_argument("--sin-invitados", dest="invitados", action="store_false")
    parser.add_argument("--max-trama", type=int, metavar="BYTES")
    parser.add_argument("--coste", type=int, metavar="N", help="la N de scrypt")
    parser.add_argument("--vida-token", type=float, metavar="SEGUNDOS")
    parser.add_argument("--intentos", type=int, metavar="N")
    parser.add_argument("--ventana", type=float, metavar="SEGUNDOS")
    parser.add_argument("--cola", type=int, metavar="MENSAJES")
    parser.add_argument("--depurar", action="store_true", help="lo cuenta todo")
    # Lo que no se dice vale lo que diga Ajustes: los valores están en un solo sitio.
    parser.set_defaults(**{campo.name: campo.default for campo in fields(Ajustes)})
    return Ajustes(**vars(parser.parse_args(argumentos)))


async def hasta_que_lo_paren(ajustes: Ajustes) -> None:
    """Sirve hasta que llegue Ctrl-C o SIGTERM, y entonces cierra con orden."""
    tarea = asyncio.current_task()
    assert tarea is not None
    for senal in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows
            asyncio.get_running_loop().add_signal_handler(senal, tarea.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await servir(
            ajustes,
            lambda direccion: print(f"Escuchando en {direccion}", flush=True),
        )


def main(argumentos: Sequence[str] | None = None) -> int:
    """Arranca el servidor y devuelve el código de salida."""
    ajustes = leer_ajustes(argumentos)
    logging.basicConfig(
        level=logging.DEBUG if ajustes.depurar else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    try:
        asyncio.run(hasta_que_lo_paren(ajustes), debug=ajustes.depurar)
    except (ErrorDeArranque, OSError) as error:
        print(f"No puedo arrancar: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
