"""La línea de órdenes: lee las opciones, llama al rastreador y presenta.

Solo este módulo imprime. Los artículos van a la salida normal; los avisos y los
errores, a la de error (sys.stderr), para que no se mezclen.
"""

import argparse
import json
import logging
import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path

from scraper import __version__
from scraper.errores import ErrorDeScraper, UsoIncorrecto
from scraper.modelo import Opciones
from scraper.rastreador import Rastreador
from scraper.sitios import cargar

log = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> int:
    """Punto de entrada: devuelve el código de salida, 0 si todo fue bien."""
    for salida in (sys.stdout, sys.stderr):
        if isinstance(salida, TextIOWrapper):  # en Windows no siempre es UTF-8
            salida.reconfigure(encoding="utf-8")
    argumentos = construir_parser().parse_args(argv)
    logging.basicConfig(level=logging.DEBUG if argumentos.depurar else logging.WARNING)
    log.debug("argumentos: %s", argumentos)
    try:
        if argumentos.orden == "sitios":
            return listar_sitios()
        return rastrear(argumentos)
    except ErrorDeScraper as error:
        print(f"scraper: {error}", file=sys.stderr)
        return error.codigo
    except NotImplementedError as pendiente:
        print(f"Todavía no está hecho: {pendiente}", file=sys.stderr)
        return 4
    except KeyboardInterrupt:
        print("scraper: interrumpido", file=sys.stderr)
        return 130


def construir_parser() -> argparse.ArgumentParser:
    """Declara las órdenes y sus opciones: ya están todas."""
    parser = argparse.ArgumentParser(
        prog="scraper", description="Extrae artículos y precios de sitios web."
    )
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument(
        "--depurar", action="store_true", help="cuenta lo que va haciendo"
    )
    ordenes = parser.add_subparsers(dest="orden", required=True, metavar="ORDEN")
    ordenes.add_parser("sitios", help="lista los sitios que se saben rastrear")
    orden = ordenes.add_parser("rastrear", help="rastrea un sitio desde una dirección")
    orden.add_argument("sitio", metavar="SITIO")
    orden.add_argument("url", metavar="URL")
    defecto = Opciones()
    orden.add_argument(
        "--intervalo",
        type=segundos,
        default=defecto.intervalo,
        metavar="S",
        help="segundos entre dos peticiones (por defecto, %(default)s)",
    )
    orden.add_argument(
        "--tiempo-limite",
        type=segundos,
        default=defecto.tiempo_limite,
        metavar="S",
        help="segundos que se espera una respuesta (por defecto, %(default)s)",
    )
    orden.add_argument(
        "--espera-maxima",
        type=segundos,
        default=defecto.espera_maxima,
        metavar="S",
        help="si el sitio pide esperar más, se deja (por defecto, %(default)s)",
    )
    orden.add_argument(
        "--reintentos",
        type=cantidad,
        default=defecto.reintentos,
        metavar="N",
        help="veces que se repite una petición (por defecto, %(default)s)",
    )
    orden.add_argument(
        "--max-paginas", type=cantidad, metavar="N", help="páginas que se piden"
    )
    orden.add_argument(
        "--usuario", help="con quién entrar; la contraseña va en SCRAPER_CLAVE"
    )
    orden.add_argument(
        "--cookies", type=Path, metavar="ARCHIVO", help="dónde se guarda la sesión"
    )
    orden.add_argument(
        "--base-datos", type=Path, metavar="ARCHIVO", help="dónde se guarda lo hallado"
    )
    return parser


def segundos(texto: str) -> float:
    """Un número de segundos, 0 o más."""
    valor = float(texto)
    if not 0 <= valor < float("inf"):
        raise ValueError(texto)
    return valor


def cantidad(texto: str) -> int:
    """Un entero, 0 o más."""
    valor = int(texto)
    if valor < 0:
        raise ValueError(texto)
    return valor


def listar_sitios() -> int:
    """Un nombre por línea, en orden alfabético."""
    for nombre in cargar():
        print(nombre)
    return 0


def rastrear(argumentos: argparse.Namespace) -> int:
    """Una línea de JSON por artículo; el resumen, por la salida de error."""
    sitios = cargar()
    if argumentos.sitio not in sitios:
        raise UsoIncorrecto(
            f"no conozco el sitio «{argumentos.sitio}»; hay: {', '.join(sitios)}"
        )
    # R2: ¿qué hay que decir si hay --usuario y no hay contraseña?
    rastreador = Rastreador(
        sitios[argumentos.sitio](),
        argumentos.url,
        Opciones(
            intervalo=argumentos.intervalo,
            tiempo_limite=argumentos.tiempo_limite,
            espera_maxima=argumentos.espera_maxima,
            reintentos=argumentos.reintentos,
            max_paginas=argumentos.max_paginas,
            usuario=argumentos.usuario,
            clave=os.environ.get("SCRAPER_CLAVE"),
            cookies=argumentos.cookies,
            base_datos=argumentos.base_datos,
        ),
    )
    for url, articulo in rastreador.rastrear():
        linea = {
            "sitio": argumentos.sitio,
            "codigo": articulo.codigo,
            "nombre": articulo.nombre,
            "precio": articulo.precio,
            "url": url,
        }
        print(json.dumps(linea, ensure_ascii=False), flush=True)
    print(
        f"{rastreador.paginas} páginas, {rastreador.fallidas} fallidas", file=sys.stderr
    )
    return 1 if rastreador.fallidas else 0
