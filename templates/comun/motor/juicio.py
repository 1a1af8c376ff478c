"""Juzga tus pruebas como tus pruebas juzgan tu código: rompiéndolo a propósito.

Copia el proyecto, comprueba que tus pruebas pasan y cuánto código recorren, y después
estropea el código una vez tras otra (mutantes.py). Unas buenas pruebas se dan cuenta. A
cada cambio solo se enfrentan las pruebas que pasan por su línea.

El tiempo se mide en segundos de procesador, así que lo que se decide no depende de lo
ocupado que esté el ordenador. Y mientras no cambien ni tu código ni tus pruebas, vale
lo que se decidió la última vez (en CI se juzga siempre).
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from pathlib import Path

from motor.copias import A_LA_VEZ, LIMITE, Copias, Medidas, cobertura
from motor.mutantes import Mutante, aplicar, elegir

CONFIGURACION = ("conftest.py", "pytest.ini", "pyproject.toml", "uv.lock")


@dataclass(frozen=True)
class Juicio:
    """Lo que se ha visto de unas pruebas."""

    pasan: bool
    acaban: bool
    cuantas: int
    """Las que pasan: una que se salta no comprueba nada."""
    saltadas: int
    salida: str
    cobertura: float = 0.0
    """Parte del código que recorren, de 0 a 100."""
    mutantes: int = 0
    vivos: tuple[str, ...] = ()
    """Los cambios de los que las pruebas no se dieron cuenta."""
    por_el_texto: bool = False
    """Si fallan con el mismo programa escrito de otra manera."""


@cache
def juzgar(
    raiz: Path, paquete: str, *, mutantes: int = 10, sockets: bool = True
) -> Juicio:
    """Juzga las pruebas de `raiz`/tests sobre `raiz`/src/`paquete`.

    No toca tu código: trabaja en una copia, con el tiempo limitado y sin red (si
    `sockets` es falso, ni siquiera con este ordenador). Lo que decide lo guarda en
    .pytest_cache, junto con la huella de todo aquello de lo que depende.
    """
    huella = _huella(raiz, paquete, mutantes, sockets)
    recuerdo = raiz / ".pytest_cache" / f"juicio-{paquete}.json"
    if (recordado := _recordar(recuerdo, huella)) is not None:
        return recordado
    with tempfile.TemporaryDirectory(prefix="juicio-") as carpeta:
        copias = Copias(Path(carpeta), raiz, paquete, sockets)
        juicio = _juzgar(copias, mutantes)
    if juicio.acaban:
        _guardar(recuerdo, huella, juicio)
    return juicio


def _juzgar(copias: Copias, cuantos: int) -> Juicio:
    base = copias.todas[0]
    ejecucion = copias.probar(base)
    fallan, saltadas = ejecucion.con("failed"), ejecucion.con("skipped")
    juicio = Juicio(
        pasan=ejecucion.codigo == 0 and not fallan,
        acaban=0 <= ejecucion.codigo <= 5,
        cuantas=len(ejecucion.con("passed") - fallan),
        saltadas=len(saltadas),
        salida=ejecucion.salida[-3000:],
    )
    if not (juicio.pasan and juicio.cuantas):
        return juicio
    medidas = ejecucion.medidas
    recorrido, parte = cobertura(base, frozenset(medidas))
    elegidos = elegir(base, copias.paquete, recorrido, cuantos)
    with ThreadPoolExecutor(A_LA_VEZ) as hilos:
        miran = hilos.submit(_miran_el_texto, copias, medidas)
        notados = list(hilos.map(lambda m: _se_nota(copias, m, medidas), elegidos))
    vivos = [str(m) for m, notado in zip(elegidos, notados, strict=True) if not notado]
    return replace(
        juicio,
        cobertura=parte,
        mutantes=len(elegidos),
        vivos=tuple(vivos),
        por_el_texto=miran.result(),
    )


def _se_nota(copias: Copias, mutante: Mutante, medidas: Medidas) -> bool:
    """Si alguna de las pruebas que pasan por ahí falla con el cambio."""
    elegidas = {n: m for n, m in medidas.items() if n in mutante.pruebas}
    with copias.con(partial(aplicar, mutante=mutante), mutante.archivo) as copia:
        return copias.probar(copia, elegidas).falla


def _miran_el_texto(copias: Copias, medidas: Medidas) -> bool:
    """Si fallan con todo escrito de otra manera, sin cambiar nada de lo que hace.

    Unas pruebas que se fijan en cómo está escrito el código notan cualquier cambio.
    """
    base = copias.todas[0]
    codigo = (base / "src" / copias.paquete).rglob("*.py")
    rutas = [ruta.relative_to(base) for ruta in codigo]
    with copias.con(lambda texto: ast.unparse(ast.parse(texto)), *rutas) as copia:
        return copias.probar(copia, medidas).falla


def comprobar_que_pasan(juicio: Juicio, al_menos: int = 1) -> None:
    """Falla si hay menos pruebas, o si alguna no pasa con el código sin romper."""
    assert juicio.acaban, (
        f"Se esperaba que tus pruebas acabaran en {LIMITE:g} s de procesador, y no "
        "acaban. Hazlas más rápidas: sin esperas, y con datos pequeños.\n"
        f"{juicio.salida}"
    )
    assert juicio.pasan or not juicio.cuantas, (
        "Se esperaba que tus pruebas pasaran con tu código, y no pasan:\n"
        f"{juicio.salida}"
    )
    saltadas = f" (se saltan {juicio.saltadas})" if juicio.saltadas else ""
    # Si no hay ninguna, pytest solo dice cuánto ha tardado en saberlo.
    salida = f":\n{juicio.salida}" if juicio.salida.count("\n") > 2 else ""
    assert juicio.cuantas, (
        "Se esperaban pruebas tuyas en tests/ (archivos test_*.py, aparte de "
        f"test_humo.py y de tests/requisitos), y no pasa ninguna{saltadas}{salida}"
    )
    assert juicio.cuantas >= al_menos, (
        f"Se esperaba que pasaran al menos {al_menos} pruebas tuyas, y pasan "
        f"{juicio.cuantas}{saltadas}"
    )


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
    assert not juicio.por_el_texto, (
        "Tus pruebas fallan con el mismo programa escrito de otra manera (sin "
        "comentarios y con otros saltos de línea). Comprueba lo que hace tu código, y "
        "no cómo está escrito."
    )
    hechos = juicio.mutantes
    assert hechos, "Se esperaba código tuyo en src/ por el que pasen tus pruebas."
    notados = hechos - len(juicio.vivos)
    sin_notar = "\n".join(f"  - {vivo}" for vivo in juicio.vivos)
    assert notados >= parte * hechos, (
        f"Se esperaba que tus pruebas notaran al menos el {parte:.0%} de los cambios "
        f"hechos a propósito en tu código, y notan {notados} de {hechos}. "
        f"Estos pasaron sin que fallara ninguna prueba:\n{sin_notar}"
    )


def _huella(raiz: Path, *ajustes: object) -> str:
    """Un resumen de todo aquello de lo que depende el juicio."""
    resumen = hashlib.sha256(repr((ajustes, LIMITE, sys.version)).encode())
    for nombre in ("src", "tests", *CONFIGURACION):
        lugar = raiz / nombre
        archivos = sorted(lugar.rglob("*")) if lugar.is_dir() else [lugar]
        for archivo in archivos:
            if archivo.is_file() and "__pycache__" not in archivo.parts:
                ruta, datos = archivo.relative_to(raiz).as_posix(), archivo.read_bytes()
                resumen.update(f"{ruta}\0{len(datos)}\0".encode() + datos)
    return resumen.hexdigest()


def _recordar(recuerdo: Path, huella: str) -> Juicio | None:
    """Lo que se decidió la última vez, si nada ha cambiado desde entonces."""
    if os.environ.get("CI", "").lower() not in {"", "0", "false"}:
        return None
    with suppress(OSError, ValueError, KeyError, TypeError):
        guardado = json.loads(recuerdo.read_text(encoding="utf-8"))
        if guardado["huella"] == huella:
            datos = guardado["juicio"]
            return Juicio(**datos | {"vivos": tuple(datos["vivos"])})
    return None


def _guardar(recuerdo: Path, huella: str, juicio: Juicio) -> None:
    with suppress(OSError):  # sin sitio o sin permiso, se juzgará otra vez
        recuerdo.parent.mkdir(exist_ok=True)
        nuevo = recuerdo.with_suffix(f".{os.getpid()}")
        nuevo.write_text(
            json.dumps({"huella": huella, "juicio": asdict(juicio)}), encoding="utf-8"
        )
        nuevo.replace(recuerdo)
