"""La línea de comandos: entiende las órdenes, llama a quien sabe y cuenta el resultado.

Solo este módulo imprime. Lo que se pide va a la salida normal; los avisos y los
errores, a la de error (sys.stderr).
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from tareas.almacen import Almacen
from tareas.errores import ErrorDeTareas
from tareas.filtros import ORDENES, Filtro, elegir
from tareas.modelo import Prioridad, Tarea, leer_fecha

log = logging.getLogger(__name__)


def titulo(texto: str) -> str:
    """Un título con algo más que espacios."""
    if not texto.strip():
        raise argparse.ArgumentTypeError("el título no puede estar vacío")
    try:
        texto.encode("utf-8")
    except UnicodeEncodeError as error:
        raise argparse.ArgumentTypeError("el título no es texto en UTF-8") from error
    return texto


def fecha(texto: str) -> date:
    """Una fecha AAAA-MM-DD que existe."""
    try:
        return leer_fecha(texto)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"«{texto}» no es una fecha AAAA-MM-DD que exista"
        ) from error


def fecha_o_nunca(texto: str) -> date | str:
    """Una fecha, o la palabra «nunca»."""
    return texto if texto == "nunca" else fecha(texto)


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
    prioridades = [prioridad.value for prioridad in Prioridad]
    ordenes = parser.add_subparsers(dest="orden", required=True, metavar="ORDEN")

    crear = ordenes.add_parser("crear", help="apunta una tarea nueva")
    crear.add_argument("titulo", type=titulo)
    crear.add_argument("--prioridad", choices=prioridades, default="media")
    crear.add_argument("--vence", type=fecha, metavar="AAAA-MM-DD")

    listar = ordenes.add_parser("listar", help="enseña las tareas")
    listar.add_argument("--texto")
    listar.add_argument("--estado", choices=["pendiente", "hecha"])
    listar.add_argument("--prioridad", choices=prioridades)
    listar.add_argument("--vencidas", action="store_true")
    listar.add_argument("--orden", dest="campo", choices=list(ORDENES), default="id")

    actualizar = ordenes.add_parser("actualizar", help="cambia una tarea")
    actualizar.add_argument("numero", type=int)
    actualizar.add_argument("--titulo", type=titulo)
    actualizar.add_argument("--prioridad", choices=prioridades)
    actualizar.add_argument("--vence", type=fecha_o_nunca, metavar="AAAA-MM-DD|nunca")
    estado = actualizar.add_mutually_exclusive_group()
    estado.add_argument("--hecha", action="store_true", default=None)
    estado.add_argument("--pendiente", dest="hecha", action="store_false")

    eliminar = ordenes.add_parser("eliminar", help="borra una tarea")
    eliminar.add_argument("numero", type=int)

    for orden in (crear, listar, actualizar):
        orden.add_argument("--json", action="store_true", help="para otros programas")
    return parser


def contar(que: str, tarea: Tarea, en_json: bool) -> None:
    """Enseña lo que se ha hecho con una tarea."""
    if en_json:
        print(json.dumps(tarea.a_dict(), ensure_ascii=False))
    else:
        print(f"{que} la tarea {tarea.id}: {tarea.titulo}")


def tabla(tareas: Sequence[Tarea]) -> str:
    """Una línea por tarea, con su cabecera."""
    lineas = [" Nº  Hecha  Prioridad  Vence       Título"]
    for tarea in tareas:
        hecha = "sí" if tarea.hecha else "no"
        vence = str(tarea.vence or "-")
        titulo = " ".join(tarea.titulo.split())
        lineas.append(
            f"{tarea.id:>3}  {hecha:<5}  {tarea.prioridad:<9}  {vence:<10}  {titulo}"
        )
    return "\n".join(lineas)


def crear(almacen: Almacen, argumentos: argparse.Namespace) -> None:
    """Apunta una tarea con el siguiente número."""
    with almacen.cambiar() as documento:
        tarea = Tarea(
            id=documento.siguiente_id,
            titulo=argumentos.titulo,
            prioridad=Prioridad(argumentos.prioridad),
            vence=argumentos.vence,
        )
        documento.tareas.append(tarea)
        documento.siguiente_id += 1
    contar("Creada", tarea, argumentos.json)


def listar(almacen: Almacen, argumentos: argparse.Namespace) -> None:
    """Enseña las tareas que cumplen los filtros."""
    estado, prioridad = argumentos.estado, argumentos.prioridad
    filtro = Filtro(
        texto=argumentos.texto,
        hecha=None if estado is None else estado == "hecha",
        prioridad=Prioridad(prioridad) if prioridad else None,
        vencidas_el=date.today() if argumentos.vencidas else None,
    )
    tareas = elegir(almacen.leer().tareas, filtro, argumentos.campo)
    if argumentos.json:
        print(json.dumps([tarea.a_dict() for tarea in tareas], ensure_ascii=False))
    else:
        print(tabla(tareas))


def actualizar(almacen: Almacen, argumentos: argparse.Namespace) -> None:
    """Cambia solo lo que se ha dicho."""
    with almacen.cambiar() as documento:
        tarea = documento.busca(argumentos.numero)
        if argumentos.titulo is not None:
            tarea.titulo = argumentos.titulo
        if argumentos.prioridad is not None:
            tarea.prioridad = Prioridad(argumentos.prioridad)
        if argumentos.vence is not None:
            tarea.vence = None if argumentos.vence == "nunca" else argumentos.vence
        if argumentos.hecha is not None:
            tarea.hecha = argumentos.hecha
    contar("Actualizada", tarea, argumentos.json)


def eliminar(almacen: Almacen, argumentos: argparse.Namespace) -> None:
    """Borra una tarea; su número no se vuelve a usar."""
    with almacen.cambiar() as documento:
        tarea = documento.busca(argumentos.numero)
        documento.tareas.remove(tarea)
    contar("Eliminada", tarea, en_json=False)


ACCIONES = {
    "crear": crear,
    "listar": listar,
    "actualizar": actualizar,
    "eliminar": eliminar,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Punto de entrada: devuelve 0 si todo fue bien."""
    argumentos = construir_parser().parse_args(argv)
    logging.basicConfig(level=logging.DEBUG if argumentos.depurar else logging.WARNING)
    log.debug("argumentos: %s", argumentos)
    try:
        ACCIONES[argumentos.orden](Almacen(argumentos.archivo), argumentos)
    except ErrorDeTareas as error:
        print(f"tareas: {error}", file=sys.stderr)
        return 1
    return 0
