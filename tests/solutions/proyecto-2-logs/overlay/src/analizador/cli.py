"""La línea de comandos: entiende la orden, llama a quien sabe y cuenta el resultado.

Solo este módulo imprime. Lo que se pide va a la salida normal; los avisos y los
errores, a la de error.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from analizador import exportar, registro
from analizador.entrada import NIVELES
from analizador.errores import ErrorDeEscritura, ErrorDeUso
from analizador.estadisticas import VALORES_MAXIMOS, Estadisticas
from analizador.formatos import elegir
from analizador.formatos.base import Formato
from analizador.lectura import ENTRADA_ESTANDAR, Lector
from analizador.texto import visible


def construir_parser() -> argparse.ArgumentParser:
    """Declara las órdenes y sus opciones."""
    parser = argparse.ArgumentParser(
        prog="analizador", description="Lee logs de varios formatos y los resume."
    )
    parser.add_argument(
        "--nivel-log", choices=NIVELES, help="enciende el registro con ese nivel"
    )
    parser.add_argument(
        "--log", type=Path, metavar="ARCHIVO", help="escribe ahí el registro"
    )
    parser.add_argument("--log-max", type=positivo, default=1_000_000, metavar="BYTES")
    parser.add_argument("--log-copias", type=positivo, default=3, metavar="N")
    ordenes = parser.add_subparsers(dest="orden", required=True, metavar="ORDEN")

    lectura = argparse.ArgumentParser(add_help=False)
    lectura.add_argument(
        "archivos", nargs="*", metavar="ARCHIVO", help="«-» es la entrada estándar"
    )
    lectura.add_argument("--formato", default="auto", metavar="NOMBRE")
    lectura.add_argument(
        "--formatos", type=Path, metavar="TOML", help="formatos propios"
    )
    resumen = argparse.ArgumentParser(add_help=False)
    resumen.add_argument(
        "--max-valores", type=positivo, default=VALORES_MAXIMOS, metavar="N"
    )

    ordenes.add_parser("leer", parents=[lectura], help="una entrada por línea, en JSON")
    estadisticas = ordenes.add_parser(
        "estadisticas", parents=[lectura, resumen], help="resume los logs"
    )
    estadisticas.add_argument("--json", action="store_true")
    exporta = ordenes.add_parser(
        "exportar", parents=[lectura, resumen], help="guarda el informe"
    )
    exporta.add_argument("--tipo", choices=["csv", "json"], required=True)
    exporta.add_argument("--salida", type=Path, metavar="ARCHIVO")
    return parser


def positivo(texto: str) -> int:
    """Un entero de 1 en adelante, para argparse."""
    numero = int(texto)
    if numero < 1:
        raise argparse.ArgumentTypeError("tiene que ser 1 o más")
    return numero


def ejecutar(argumentos: argparse.Namespace) -> int:
    """Hace lo que pide la orden y devuelve el código de salida."""
    lector = Lector(elegir(argumentos.formato, formatos_propios(argumentos.formatos)))
    origenes = argumentos.archivos or [ENTRADA_ESTANDAR]
    if argumentos.orden == "leer":
        for entrada in lector.leer(origenes):
            print(json.dumps(entrada.como_dict(), ensure_ascii=False))
    elif argumentos.orden == "estadisticas":
        informe = resumir(lector, origenes, argumentos.max_valores)
        a_texto = exportar.en_json if argumentos.json else exportar.en_texto
        print(a_texto(informe), end="")
    else:
        exportar_informe(lector, origenes, argumentos)
    avisar(lector)
    return 1 if lector.fallos else 0


def formatos_propios(ruta: Path | None) -> Sequence[Formato]:
    """Los formatos de --formatos. Solo quien los usa paga lo que tarda su módulo."""
    if ruta is None:
        return []
    from analizador.formatos.propios import cargar

    return cargar(ruta)


def resumir(lector: Lector, origenes: Sequence[str], limite: int) -> dict[str, Any]:
    """El informe de todo lo que hay en los orígenes."""
    estadisticas = Estadisticas(limite)
    for entrada in lector.leer(origenes):
        estadisticas.agregar(entrada)
    return estadisticas.informe(lector)


def exportar_informe(
    lector: Lector, origenes: Sequence[str], argumentos: argparse.Namespace
) -> None:
    """Guarda el informe donde se pide, nunca encima de uno de los logs."""
    salida: Path | None = argumentos.salida
    proteger(origenes, salida)
    informe = resumir(lector, origenes, argumentos.max_valores)
    a_texto = exportar.en_csv if argumentos.tipo == "csv" else exportar.en_json
    if salida:
        exportar.guardar(salida, a_texto(informe))
    else:
        print(a_texto(informe), end="")


def proteger(origenes: Sequence[str], destino: Path | None) -> None:
    """Impide escribir encima de lo que se va a leer, aunque tenga otro nombre."""
    if destino is None or not destino.exists():
        return
    for origen in origenes:
        if os.path.exists(origen) and os.path.samefile(origen, destino):
            raise ErrorDeUso(f"{destino} es uno de los logs que hay que leer")


def avisar(lector: Lector) -> None:
    """Cuenta por la salida de error lo que no se pudo leer o entender."""
    for fallo in lector.fallos:
        print(visible(f"analizador: {fallo}"), file=sys.stderr)
    for rota in lector.muestra:
        donde = f"{rota.origen}:{rota.linea}"
        print(visible(f"{donde}: línea rota: {rota.texto}"), file=sys.stderr)
    if lector.rotas:
        plural = "línea rota" if lector.rotas == 1 else "líneas rotas"
        print(f"analizador: {lector.rotas} {plural}", file=sys.stderr)


def main(argv: Sequence[str] | None = None) -> int:
    """Punto de entrada: 0, bien; 1, algo no se leyó o no se escribió; 2, mal uso."""
    for salida in (sys.stdout, sys.stderr):
        if isinstance(salida, io.TextIOWrapper):
            # En UTF-8 en cualquier sistema, y sin tocar los finales de línea del CSV.
            salida.reconfigure(encoding="utf-8", newline="")
    argumentos = construir_parser().parse_args(argv)
    try:
        proteger(argumentos.archivos, argumentos.log)
        for copia in registro.copias_de(argumentos.log, argumentos.log_copias):
            proteger(argumentos.archivos, copia)
        registro.configurar(
            argumentos.nivel_log,
            argumentos.log,
            argumentos.log_max,
            argumentos.log_copias,
        )
        codigo = ejecutar(argumentos)
        sys.stdout.flush()
        return codigo
    except ErrorDeUso as error:
        print(visible(f"analizador: {error}"), file=sys.stderr)
        return 2
    except ErrorDeEscritura as error:
        print(visible(f"analizador: {error}"), file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Quien leía (por ejemplo, head) ya tiene bastante: no es un error.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
