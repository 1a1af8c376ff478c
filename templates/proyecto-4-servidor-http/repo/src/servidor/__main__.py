"""«python -m servidor»: arranca el servidor con las rutas de demostración."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from servidor.ajustes import Ajustes
from servidor.demo import crear_demo
from servidor.nucleo import crear_servidor


def main(argumentos: Sequence[str] | None = None) -> int:
    """Lee las opciones, sirve hasta que llegue una señal, y devuelve el código.

    R5: faltan las señales SIGINT (Ctrl+C) y SIGTERM, que tienen que detenerlo en
    orden, y explicar por qué no arranca: puerto ocupado o carpeta que no existe.
    Mira https://docs.python.org/3/library/signal.html
    """
    opciones = _opciones().parse_args(argumentos)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    ajustes = Ajustes(
        host=opciones.host,
        puerto=opciones.puerto,
        plazo_peticion=opciones.plazo_peticion,
        plazo_inactividad=opciones.plazo_inactividad,
        plazo_cierre=opciones.plazo_cierre,
        max_cuerpo=opciones.max_cuerpo,
    )
    servidor = crear_servidor(opciones.raiz, crear_demo(), ajustes)
    host, puerto = servidor.direccion
    print(f"Escuchando en http://{host}:{puerto}", flush=True)
    servidor.servir()
    return 0


def _opciones() -> argparse.ArgumentParser:
    fabrica = Ajustes()
    lector = argparse.ArgumentParser(prog="servidor", description="Un servidor HTTP.")
    lector.add_argument("--host", default=fabrica.host)
    lector.add_argument("--puerto", type=int, default=8000, help="0: uno libre")
    lector.add_argument("--raiz", type=Path, default=Path("publico"))
    for nombre in ("plazo-peticion", "plazo-inactividad", "plazo-cierre"):
        defecto = getattr(fabrica, nombre.replace("-", "_"))
        lector.add_argument(
            f"--{nombre}", type=float, default=defecto, metavar="SEGUNDOS"
        )
    lector.add_argument(
        "--max-cuerpo", type=int, default=fabrica.max_cuerpo, metavar="BYTES"
    )
    return lector


if __name__ == "__main__":
    sys.exit(main())
