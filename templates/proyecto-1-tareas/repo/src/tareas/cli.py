"""La línea de comandos: entiende las órdenes, llama a quien sabe y cuenta el resultado.

Solo este módulo imprime. Lo que se pide va a la salida normal; los avisos y los
errores, a la de error (sys.stderr).
"""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tareas.almacen import Almacen
from tareas.errores import ErrorDeTareas

log = logging.getLogger(__name__)


def construir_parser() -> argparse.ArgumentParser:
    """Declara las órdenes y sus opciones."""
    parser = argparse.ArgumentParser(
        prog="tareas", description="Gestiona tus tareas desde la terminal."
    )
    parser.add_argument(
        "--archivo",
        type=Path,
        default=Path(os.environ.get("TAREAS_ARCHIVO", "tareas.json")),
        help="dónde se guardan (por defecto, TAREAS_ARCHIVO o tareas.json)",
    )
    parser.add_argument(
        "--depurar", action="store_true", help="cuenta lo que va haciendo"
    )
    ordenes = parser.add_subparsers(dest="orden", required=True, metavar="ORDEN")

    crear = ordenes.add_parser("crear", help="apunta una tarea nueva")
    crear.add_argument("titulo")
    # R1: faltan --prioridad, --vence y --json; y las órdenes listar, actualizar y
    # eliminar. El contrato entero está en README.md.
    return parser


def ejecutar(argumentos: argparse.Namespace) -> int:
    """Hace lo que pide la orden y devuelve el código de salida."""
    almacen = Almacen(argumentos.archivo)
    if argumentos.orden == "crear":
        almacen.leer()
        raise NotImplementedError("R1 · crear una tarea")
    raise NotImplementedError(f"R1 · {argumentos.orden}")


def main(argv: Sequence[str] | None = None) -> int:
    """Punto de entrada: devuelve 0 si todo fue bien."""
    argumentos = construir_parser().parse_args(argv)
    logging.basicConfig(level=logging.DEBUG if argumentos.depurar else logging.WARNING)
    log.debug("argumentos: %s", argumentos)
    try:
        return ejecutar(argumentos)
    except ErrorDeTareas as error:
        print(f"tareas: {error}", file=sys.stderr)
        return 1
    except NotImplementedError as pendiente:
        print(f"Todavía no está hecho: {pendiente}", file=sys.stderr)
        return 3
