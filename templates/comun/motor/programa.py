"""Ejecuta el programa de quien aprende como lo haría una persona: en su proceso."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

SRC = Path(__file__).parents[2] / "src"
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


def entorno_de_prueba(cambios: Mapping[str, str] | None = None) -> dict[str, str]:
    """El entorno en que corre el programa: el de siempre, con src y UTF-8."""
    entorno = dict(os.environ) | {
        "PYTHONPATH": str(SRC),
        "PYTHONUTF8": "1",
        # Vacía es como si no estuviera: quien prueba puede tenerla puesta.
        "PYTHONUNBUFFERED": "",
    }
    return entorno | dict(cambios or {})


def plazo(segundos: float) -> float:
    """Un plazo que solo evita quedarse colgado: más largo si el equipo va cargado."""
    if not hasattr(os, "getloadavg"):
        return segundos
    carga = os.getloadavg()[0] / (os.cpu_count() or 1)
    return segundos * min(max(carga, 1.0), 6.0)


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
    programa se ha quedado colgado.
    """
    limite = plazo(limite)
    orden = [sys.executable, "-m", modulo, *map(str, argumentos)]
    legible = " ".join(["python", *orden[1:]])
    datos = entrada.encode() if isinstance(entrada, str) else entrada
    try:
        hecho = subprocess.run(
            orden,
            input=datos if datos is not None else b"",
            capture_output=True,
            env=entorno_de_prueba(entorno),
            cwd=carpeta,
            timeout=limite,
            check=False,
        )
    except subprocess.TimeoutExpired:
        pytest.fail(
            f"Se esperaba que el programa acabara, y tras {limite:g} s sigue en "
            f"marcha:\n$ {legible}"
        )
    return Resultado(
        legible,
        hecho.returncode,
        hecho.stdout.decode("utf-8", "replace").replace("\r\n", "\n"),
        hecho.stderr.decode("utf-8", "replace").replace("\r\n", "\n"),
    )


def a_la_vez(funcion: Callable[[T], R], casos: Iterable[T]) -> list[R]:
    """Llama a la función con cada caso, y da los resultados en el mismo orden."""
    with ThreadPoolExecutor(4) as hilos:
        return list(hilos.map(funcion, casos))
