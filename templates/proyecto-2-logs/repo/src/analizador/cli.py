"""La línea de comandos: entiende la orden, llama a quien sabe y cuenta el resultado.

Solo este módulo imprime. Lo que se pide va a la salida normal; los avisos y los
errores, a la de error (sys.stderr).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from analizador.errores import ErrorDeEscritura, ErrorDeUso
from analizador.formatos import DE_FABRICA, Detector
from analizador.lectura import ENTRADA_ESTANDAR, Lector


def construir_parser() -> argparse.ArgumentParser:
    """Declara las órdenes y sus opciones."""
    parser = argparse.ArgumentParser(
        prog="analizador", description="Lee logs de varios formatos y los resume."
    )
    # R5: aquí van --nivel-log, --log, --log-max y --log-copias.
    ordenes = parser.add_subparsers(dest="orden", required=True, metavar="ORDEN")

    # Lo que las tres órdenes comparten se dice una vez y se hereda con «parents».
    lectura = argparse.ArgumentParser(add_help=False)
    lectura.add_argument(
        "archivos", nargs="*", metavar="ARCHIVO", help="«-» es la entrada estándar"
    )
    # R1: falta --formato. R4: falta --formatos. El contrato está en README.md.

    ordenes.add_parser("leer", parents=[lectura], help="una entrada por línea, en JSON")
    ordenes.add_parser("estadisticas", parents=[lectura], help="resume los logs")
    ordenes.add_parser("exportar", parents=[lectura], help="guarda el informe")
    return parser


def ejecutar(argumentos: argparse.Namespace) -> int:
    """Hace lo que pide la orden y devuelve el código de salida."""
    lector = Lector(Detector(DE_FABRICA))
    origenes = argumentos.archivos or [ENTRADA_ESTANDAR]
    if argumentos.orden == "leer":
        for _entrada in lector.leer(origenes):
            raise NotImplementedError("R1 · escribir cada entrada en JSON")
    elif argumentos.orden == "estadisticas":
        raise NotImplementedError("R2 · resumir los logs")
    else:
        raise NotImplementedError("R3 · exportar el informe")
    # R1: aquí se cuentan las líneas rotas y los archivos que no se pudieron leer.
    return 1 if lector.fallos else 0


def main(argv: Sequence[str] | None = None) -> int:
    """Punto de entrada: 0, bien; 1, algo no se leyó o no se escribió; 2, mal uso."""
    argumentos = construir_parser().parse_args(argv)
    # R5: este es el sitio de registro.configurar(…).
    try:
        return ejecutar(argumentos)
    except ErrorDeUso as error:
        print(f"analizador: {error}", file=sys.stderr)
        return 2
    except ErrorDeEscritura as error:
        print(f"analizador: {error}", file=sys.stderr)
        return 1
    except NotImplementedError as pendiente:
        print(f"Todavía no está hecho: {pendiente}", file=sys.stderr)
        return 3
