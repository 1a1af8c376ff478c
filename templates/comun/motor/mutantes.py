"""Estropea un programa a propósito, de una manera que unas buenas pruebas notan.

Da la vuelta a una comparación, borra una línea, cambia una constante. Los cambios salen
de una semilla fija: con el mismo código, siempre son los mismos.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

SEMILLA = 2026
OPUESTOS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}


@dataclass(frozen=True)
class Mutante:
    """Un cambio a propósito: dónde, qué, y las pruebas que pasan por ahí."""

    archivo: Path
    linea: int
    cambio: str
    pruebas: frozenset[str]
    numero: int
    """El lugar del cambio entre todos los de su archivo."""

    def __str__(self) -> str:
        """Lo que se le dice a quien escribió las pruebas."""
        return f"{self.archivo.as_posix()}, línea {self.linea}: {self.cambio}"


def elegir(
    raiz: Path,
    paquete: str,
    recorrido: Mapping[str, Mapping[int, frozenset[str]]],
    cuantos: int,
) -> list[Mutante]:
    """Elige `cuantos` cambios, todos en líneas por las que pasa alguna prueba.

    `recorrido` da, por archivo y línea, los nombres de esas pruebas.
    """
    candidatos: list[Mutante] = []
    for archivo in sorted((raiz / "src" / paquete).rglob("*.py")):
        relativo = archivo.relative_to(raiz)
        recorridas = recorrido.get(relativo.as_posix(), {})
        if recorridas:
            codigo = archivo.read_text(encoding="utf-8")
            candidatos += _mutantes(relativo, codigo, recorridas)
    azar = random.Random(SEMILLA)
    azar.shuffle(candidatos)
    # Uno por línea como mucho: así los cambios se reparten por todo el código.
    por_linea = {(m.archivo, m.linea): m for m in candidatos}
    return list(por_linea.values())[:cuantos]


def _mutantes(
    archivo: Path, codigo: str, recorridas: Mapping[int, frozenset[str]]
) -> Iterator[Mutante]:
    """Todos los cambios posibles en las líneas recorridas de un archivo."""
    for numero, (nodo, cambio) in enumerate(_cambios(ast.parse(codigo))):
        if pruebas := recorridas.get(nodo.lineno):
            yield Mutante(archivo, nodo.lineno, cambio, pruebas, numero)


def aplicar(codigo: str, mutante: Mutante) -> str:
    """El archivo entero, ya cambiado."""
    arbol = ast.parse(codigo)
    for _ in _cambios(arbol, mutante.numero):
        pass
    return ast.unparse(arbol)


def _cambios(
    arbol: ast.Module, aplicar: int = -1
) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    """Recorre los cambios posibles en un orden fijo y aplica solo el número pedido."""
    numero = -1
    for nodo in _con_interes(arbol):
        if isinstance(nodo, ast.Compare) and type(nodo.ops[0]) in OPUESTOS:
            numero += 1
            antes = ast.unparse(nodo)
            if numero == aplicar:
                nodo.ops[0] = OPUESTOS[type(nodo.ops[0])]()
            yield nodo, f"«{antes}» dice lo contrario"
        elif isinstance(nodo, ast.Constant) and type(nodo.value) in {int, bool}:
            numero += 1
            antes = nodo.value
            nuevo = not antes if isinstance(antes, bool) else antes + 1
            if numero == aplicar:
                nodo.value = nuevo
            yield nodo, f"{antes} pasa a ser {nuevo}"
        for lista in (getattr(nodo, campo, None) for campo in ("body", "orelse")):
            if not isinstance(lista, list):
                continue
            for lugar, orden in enumerate(lista):
                if not _se_puede_borrar(orden):
                    continue
                numero += 1
                texto = ast.unparse(orden).splitlines()[0]
                if numero == aplicar:
                    lista[lugar] = ast.copy_location(ast.Pass(), orden)
                yield orden, f"desaparece «{texto}»"


def _se_puede_borrar(orden: ast.AST) -> bool:
    """Llamadas (menos las de logging) y cambios de atributos y de elementos."""
    if isinstance(orden, ast.Expr) and isinstance(orden.value, ast.Call):
        quien = ast.unparse(orden.value.func).lower()
        return not any(palabra in quien for palabra in ("log", "registro", "print"))
    if isinstance(orden, ast.Assign):
        return isinstance(orden.targets[0], ast.Attribute | ast.Subscript)
    return isinstance(orden, ast.AugAssign | ast.Raise | ast.Return)


def _con_interes(nodo: ast.AST) -> Iterator[ast.AST]:
    """El árbol en orden, sin lo que no cambia lo que el programa hace."""
    yield nodo
    for campo, valor in ast.iter_fields(nodo):
        if campo in {"annotation", "returns", "decorator_list", "type_params"}:
            continue
        for hijo in valor if isinstance(valor, list) else [valor]:
            if not isinstance(hijo, ast.AST) or _es_main(hijo):
                continue
            yield from _con_interes(hijo)


def _es_main(nodo: ast.AST) -> bool:
    """El «if __name__ == "__main__"» y las llamadas a logging no se tocan."""
    if isinstance(nodo, ast.If):
        return "__name__" in ast.unparse(nodo.test)
    return (
        isinstance(nodo, ast.Expr)
        and isinstance(nodo.value, ast.Call)
        and not _se_puede_borrar(nodo)
    )
