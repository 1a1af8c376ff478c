"""Juzga tus pruebas como tus pruebas juzgan tu código: rompiéndolo a propósito.

Copia el proyecto, comprueba que tus pruebas pasan y cuánto código recorren, y después
estropea el código una vez tras otra (da la vuelta a una comparación, borra una línea,
cambia una constante). Unas buenas pruebas se dan cuenta. Los cambios salen de una
semilla fija: con el mismo código, siempre son los mismos.
"""

from __future__ import annotations

import ast
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Set
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from queue import SimpleQueue

SEMILLA = 2026
LIMITE = float(os.environ.get("REQUISITOS_LIMITE", "15"))
"""Segundos que puede durar el juicio entero. En un equipo muy lento o muy ocupado se
puede ampliar con esa variable de entorno."""
CORRIENTE = 0.02
"""Segundos que tarda un ordenador corriente en sumar medio millón de cuadrados."""
A_LA_VEZ = 2
_FECHAS = itertools.count(1_000_000_000)
DE_LA_PLANTILLA = ("tests/requisitos", "tests/test_humo.py", "tests/motor/test_*.py")
"""Las pruebas que no has escrito tú: no cuentan."""
PRESCINDIBLE = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "node_modules")
SIN_RED = """\
import socket

PERMITIDOS = {permitidos}
_conectar = socket.socket.connect

def _solo_aqui(self, direccion):
    anfitrion = direccion[0] if isinstance(direccion, tuple) else "localhost"
    if str(anfitrion) not in PERMITIDOS:
        raise AssertionError(f"Tus pruebas no deben conectarse a {direccion}")
    return _conectar(self, direccion)

socket.socket.connect = _solo_aqui
"""
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
    """Un cambio a propósito: dónde, qué, y el archivo entero ya cambiado."""

    archivo: Path
    linea: int
    cambio: str
    codigo: str

    def __str__(self) -> str:
        """Lo que se le dice a quien escribió las pruebas."""
        return f"{self.archivo.as_posix()}, línea {self.linea}: {self.cambio}"


@dataclass(frozen=True)
class Juicio:
    """Lo que se ha visto de unas pruebas."""

    pasan: bool
    acaban: bool
    cuantas: int
    salida: str
    cobertura: float
    """Parte del código que recorren, de 0 a 100."""
    detectados: int
    mutantes: int
    vivos: tuple[Mutante, ...]
    """Los cambios de los que las pruebas no se dieron cuenta."""
    sin_probar: int
    """Los que no dio tiempo a probar."""
    por_el_texto: bool = False
    """Si fallan con el mismo programa escrito de otra manera."""


@cache
def juzgar(
    raiz: Path, paquete: str, *, mutantes: int = 12, sockets: bool = True
) -> Juicio:
    """Juzga las pruebas de `raiz`/tests sobre `raiz`/src/`paquete`.

    No toca nada de `raiz`: trabaja en una copia, con el tiempo limitado y sin red (si
    `sockets` es falso, ni siquiera con este ordenador). Lo mismo se juzga una sola vez.
    """
    permitidos = ["localhost", "127.0.0.1", "::1"] if sockets else []
    sin_red = SIN_RED.replace("{permitidos}", repr(permitidos))
    limite = LIMITE * _agobio()
    final = time.monotonic() + limite
    with tempfile.TemporaryDirectory(prefix="mutador-") as carpeta:
        copias = [Path(carpeta) / str(n) for n in range(A_LA_VEZ)]
        for copia in copias:
            _copiar(raiz, copia)
            (copia / "sin_red.py").write_text(sin_red, encoding="utf-8")
        inicio = time.monotonic()
        codigo, salida = _probar(copias[0], limite * 0.6, paquete)
        duracion = time.monotonic() - inicio
        cuantas = _cuantas(salida)
        if codigo != 0:
            acaban = codigo != -1
            return Juicio(False, acaban, cuantas, salida[-3000:], 0.0, 0, 0, (), 0)
        lineas, cobertura = _cobertura(copias[0])
        elegidos = elegir(copias[0], paquete, lineas, mutantes)
        libres: SimpleQueue[Path] = SimpleQueue()
        for copia in copias:
            libres.put(copia)

        def detecta(mutante: Mutante) -> bool | None:
            resto = final - time.monotonic()
            if resto < min(duracion, 1.0):
                return None
            copia = libres.get()
            try:
                archivo = copia / mutante.archivo
                original = archivo.read_text(encoding="utf-8")
                _poner(archivo, mutante.codigo)
                try:
                    espera = min(3 * duracion + 2, final - time.monotonic())
                    return _probar(copia, max(espera, 0.5))[0] != 0
                finally:
                    _poner(archivo, original)
            finally:
                libres.put(copia)

        with ThreadPoolExecutor(A_LA_VEZ) as hilos:
            visto = list(hilos.map(detecta, elegidos))
        # Las que se fijan en cómo está escrito el código notan cualquier cambio.
        sospechosas = False not in visto and True in visto
        if sospechosas:
            with _sin_comentarios(copias[0] / "src" / paquete):
                sospechosas = _probar(copias[0], 3 * duracion + 2)[0] == 1
    return Juicio(
        True,
        True,
        cuantas,
        salida[-3000:],
        cobertura,
        visto.count(True),
        len(elegidos),
        tuple(m for m, v in zip(elegidos, visto, strict=True) if v is False),
        visto.count(None),
        sospechosas,
    )


def comprobar_que_pasan(juicio: Juicio, al_menos: int = 1) -> None:
    """Falla si hay menos pruebas, o si alguna no pasa con el código sin romper."""
    assert juicio.acaban, (
        f"Se esperaba que tus pruebas acabaran en {LIMITE * 0.6:g} s, y no acaban. "
        f"Hazlas más rápidas: sin esperas, y con datos pequeños.\n{juicio.salida}"
    )
    assert juicio.cuantas, (
        "Se esperaban pruebas tuyas en tests/ (archivos test_*.py, aparte de "
        "test_humo.py y de tests/requisitos), y no hay ninguna que se ejecute."
    )
    assert juicio.pasan, (
        "Se esperaba que tus pruebas pasaran con tu código, y no pasan:\n"
        f"{juicio.salida}"
    )
    hay = juicio.cuantas
    assert hay >= al_menos, f"Se esperaban al menos {al_menos} pruebas, y hay {hay}"


def comprobar_cobertura(juicio: Juicio, minimo: float) -> None:
    """Falla si las pruebas no recorren al menos el `minimo` por ciento del código."""
    comprobar_que_pasan(juicio)
    assert juicio.cobertura >= minimo, (
        f"Se esperaba que tus pruebas recorrieran al menos el {minimo:g} % de tu "
        f"código, y recorren el {juicio.cobertura:.0f} %. Mira qué líneas faltan con "
        "«uv run coverage run -m pytest» y «uv run coverage report -m»."
    )


def comprobar_deteccion(juicio: Juicio, parte: float) -> None:
    """Falla si las pruebas no notan al menos esa `parte` (de 0 a 1) de los cambios."""
    comprobar_que_pasan(juicio)
    assert juicio.sin_probar <= juicio.mutantes / 2, (
        f"Tus pruebas tardan tanto que en {LIMITE:g} s solo dio tiempo a probar "
        f"{juicio.mutantes - juicio.sin_probar} cambios de {juicio.mutantes}. "
        "Hazlas más rápidas: sin esperas, y con datos pequeños."
    )
    assert not juicio.por_el_texto, (
        "Tus pruebas fallan con el mismo programa escrito de otra manera (sin "
        "comentarios y con otros saltos de línea). Comprueba lo que hace tu código, y "
        "no cómo está escrito."
    )
    probados = juicio.mutantes - juicio.sin_probar
    assert probados, "Se esperaba código tuyo que romper en src/, y no lo hay."
    sin_notar = "\n".join(f"  - {mutante}" for mutante in juicio.vivos)
    assert juicio.detectados >= parte * probados, (
        f"Se esperaba que tus pruebas notaran al menos el {parte:.0%} de los cambios "
        f"hechos a propósito en tu código, y notan {juicio.detectados} de {probados}. "
        f"Estos pasaron sin que fallara ninguna prueba:\n{sin_notar}"
    )


def _copiar(raiz: Path, copia: Path) -> None:
    """Copia el proyecto sin las pruebas de la plantilla."""
    ajenas = {ruta for patron in DE_LA_PLANTILLA for ruta in raiz.glob(patron)}

    def sobra(carpeta: str, nombres: list[str]) -> set[str]:
        de_la_plantilla = {n for n in nombres if Path(carpeta, n) in ajenas}
        return de_la_plantilla | PRESCINDIBLE(carpeta, nombres)

    shutil.copytree(raiz, copia, ignore=sobra)


def _poner(archivo: Path, codigo: str) -> None:
    """Escribe el archivo con una fecha que nunca ha tenido.

    Python guarda el código compilado según la fecha y el tamaño del archivo: si se
    repitieran, probaría el de antes. Y sin guardarlo, cada prueba compilaría de nuevo
    todas las bibliotecas.
    """
    archivo.write_text(codigo, encoding="utf-8")
    fecha = next(_FECHAS)
    os.utime(archivo, (fecha, fecha))


@contextmanager
def _sin_comentarios(carpeta: Path) -> Iterator[None]:
    """Escribe todo el código de otra manera, sin cambiar nada de lo que hace."""
    antes = {ruta: ruta.read_text(encoding="utf-8") for ruta in carpeta.rglob("*.py")}
    try:
        for archivo, codigo in antes.items():
            _poner(archivo, ast.unparse(ast.parse(codigo)))
        yield
    finally:
        for archivo, codigo in antes.items():
            _poner(archivo, codigo)


def _agobio() -> float:
    """Cuántas veces más despacio va este ordenador que uno corriente y desocupado."""
    inicio = time.perf_counter()
    sum(n * n for n in range(500_000))
    lento = (time.perf_counter() - inicio) / CORRIENTE
    carga = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return min(max(lento, carga / (os.cpu_count() or 1), 1.0), 6.0)


def _probar(copia: Path, limite: float, medir: str = "") -> tuple[int, str]:
    """Ejecuta las pruebas de una copia: código de salida (0 es bien) y salida."""
    orden = [sys.executable, "-m"]
    if medir:
        orden += ["coverage", "run", f"--source={copia / 'src' / medir}", "-m"]
    orden += ["pytest", "tests", "-q", "-p", "sin_red", "-p", "no:cacheprovider"]
    orden += [] if medir else ["-x", "--no-header", "--tb=no"]
    entorno = dict(os.environ) | {
        "PYTHONPATH": os.pathsep.join([str(copia / "src"), str(copia)]),
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONUTF8": "1",
        "COVERAGE_FILE": str(copia / ".coverage"),
    }
    entorno.pop("PYTEST_ADDOPTS", None)
    with subprocess.Popen(
        orden,
        cwd=copia,
        env=entorno,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as proceso:
        try:
            salida = proceso.communicate(timeout=limite)[0]
        except subprocess.TimeoutExpired:
            proceso.kill()
            salida = proceso.communicate()[0]
            aviso = f"\nTus pruebas no acabaron en {limite:.0f} s."
            return -1, salida.decode("utf-8", "replace") + aviso
    return proceso.returncode, salida.decode("utf-8", "replace")


def _cuantas(salida: str) -> int:
    """Cuántas pruebas se ejecutaron, según la última línea de pytest."""
    palabras = salida.replace(",", " ").split()
    return sum(
        int(numero)
        for numero, palabra in zip(palabras, palabras[1:], strict=False)
        if numero.isdigit() and palabra in {"passed", "failed", "error", "errors"}
    )


def _cobertura(copia: Path) -> tuple[dict[str, set[int]], float]:
    """Las líneas recorridas de cada archivo, y el porcentaje total."""
    informe = copia / "cobertura.json"
    subprocess.run(
        [sys.executable, "-m", "coverage", "json", "-q", "-o", str(informe)],
        cwd=copia,
        env=dict(os.environ) | {"COVERAGE_FILE": str(copia / ".coverage")},
        capture_output=True,
        check=False,
    )
    if not informe.exists():
        return {}, 0.0
    datos = json.loads(informe.read_text(encoding="utf-8"))
    lineas = {
        Path(nombre).as_posix(): set(archivo["executed_lines"])
        for nombre, archivo in datos["files"].items()
    }
    return lineas, float(datos["totals"]["percent_covered"])


def elegir(
    raiz: Path, paquete: str, lineas: dict[str, set[int]], cuantos: int
) -> list[Mutante]:
    """Elige con semilla fija `cuantos` cambios, todos en líneas que se recorren."""
    candidatos: list[Mutante] = []
    for archivo in sorted((raiz / "src" / paquete).rglob("*.py")):
        relativo = archivo.relative_to(raiz)
        recorridas = lineas.get(relativo.as_posix(), set())
        if recorridas:
            codigo = archivo.read_text(encoding="utf-8")
            candidatos += _mutantes(relativo, codigo, recorridas)
    azar = random.Random(SEMILLA)
    azar.shuffle(candidatos)
    # Uno por línea como mucho: así los cambios se reparten por todo el código.
    por_linea = {(m.archivo, m.linea): m for m in candidatos}
    return list(por_linea.values())[:cuantos]


def _mutantes(archivo: Path, codigo: str, recorridas: Set[int]) -> Iterator[Mutante]:
    """Todos los cambios posibles de un archivo."""
    total = sum(1 for _ in _cambios(ast.parse(codigo)))
    for numero in range(total):
        arbol = ast.parse(codigo)
        for actual, (nodo, descripcion) in enumerate(_cambios(arbol, numero)):
            if actual == numero and nodo.lineno in recorridas:
                yield Mutante(archivo, nodo.lineno, descripcion, ast.unparse(arbol))


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
