"""Ejecuta el programa de quien aprende como lo haría una persona: en su proceso."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeVar

import pytest

from motor.entorno import SRC, entorno_de_prueba
from motor.limites import DEMASIADA_SALIDA, SIN_MEMORIA, plazo
from motor.procesos import Lectura, lanzar, matar

__all__ = ["SRC", "Resultado", "a_la_vez", "ejecutar", "entorno_de_prueba", "plazo"]

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Resultado:
    """Lo que dejó una ejecución: código de salida, salida normal y salida de error."""

    orden: str
    codigo: int
    salida: str
    error: str

    def __str__(self) -> str:
        """Lo que se enseña en los fallos."""
        return (
            f"$ {self.orden}\ncódigo de salida: {self.codigo}\n"
            f"--- salida ---\n{self.salida}\n--- error ---\n{self.error}"
        )


def ejecutar(
    modulo: str,
    *argumentos: str | Path,
    entrada: str | bytes | None = None,
    entorno: Mapping[str, str] | None = None,
    carpeta: Path | None = None,
    limite: float = 10.0,
) -> Resultado:
    """Ejecuta «python -m modulo argumentos…» y espera a que acabe.

    Si pasan `limite` segundos (más, si el equipo va cargado), la prueba falla: el
    programa se ha quedado colgado. También, si escribe o pide memoria sin fin.
    """
    limite = plazo(limite)
    orden = [sys.executable, "-m", modulo, *map(str, argumentos)]
    legible = _que_se_pueda_ensenar(" ".join(["python", *orden[1:]]))
    datos = entrada.encode() if isinstance(entrada, str) else entrada
    proceso = lanzar(
        orden,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=entorno_de_prueba(entorno),
        cwd=carpeta,
    )
    assert proceso.stdin is not None
    assert proceso.stdout is not None
    assert proceso.stderr is not None
    salida, error = (Lectura(proceso, t) for t in (proceso.stdout, proceso.stderr))
    if datos:
        threading.Thread(
            target=_escribir, args=(proceso.stdin, datos), daemon=True
        ).start()
    else:
        proceso.stdin.close()
    try:
        codigo = proceso.wait(limite)
    except subprocess.TimeoutExpired:
        pytest.fail(
            f"Se esperaba que el programa acabara, y tras {limite:g} s sigue en "
            f"marcha:\n$ {legible}"
        )
    finally:
        matar(proceso)
    resultado = Resultado(legible, codigo, _texto(salida), _texto(error))
    if salida.demasiado or error.demasiado:
        pytest.fail(f"{DEMASIADA_SALIDA}\n$ {legible}")
    if codigo and "MemoryError" in resultado.error[-2000:]:
        pytest.fail(f"{SIN_MEMORIA}\n$ {legible}\n{resultado.error[-2000:]}")
    return resultado


def _escribir(tubo: IO[bytes], datos: bytes) -> None:
    """Le da los datos al programa, que puede no querer leerlos."""
    with suppress(OSError), tubo:
        tubo.write(datos)


def _que_se_pueda_ensenar(orden: str) -> str:
    """La orden en UTF-8, aunque lleve bytes que no lo sean."""
    return orden.encode("utf-8", "backslashreplace").decode("utf-8")


def _texto(lectura: Lectura) -> str:
    return lectura.todo(5).decode("utf-8", "replace").replace("\r\n", "\n")


def a_la_vez(funcion: Callable[[T], R], casos: Iterable[T]) -> list[R]:
    """Llama a la función con cada caso, y da los resultados en el mismo orden."""
    with ThreadPoolExecutor(4) as hilos:
        return list(hilos.map(funcion, casos))
