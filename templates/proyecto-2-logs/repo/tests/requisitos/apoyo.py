# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""Cómo usan el programa las pruebas, y cómo se lee lo que contesta."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from motor.programa import Resultado, ejecutar, entorno_de_prueba, plazo

CAMPOS = {
    "momento": str,
    "nivel": str,
    "mensaje": str,
    "cliente": str,
    "programa": str,
    "metodo": str,
    "ruta": str,
    "estado": int,
    "duracion_ms": int,
    "formato": str,
    "origen": str,
    "linea": int,
}
# Mide el pico de memoria de otro programa desde uno pequeño: el pico de un proceso
# nunca es menor que el de quien lo arranca, y pytest es grande.
MEDIDOR = """
import resource, subprocess, sys
with open(sys.argv[1], "rb") as entrada, open(sys.argv[2], "wb") as salida:
    codigo = subprocess.call(sys.argv[3:], stdin=entrada, stdout=salida)
pico = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(codigo, pico // 1024 if sys.platform == "darwin" else pico)
"""


# Ejecuta el programa y cuenta cuántos objetos llega a tener Python a la vez: con una
# lista que crece se nota enseguida, con muchas menos líneas que midiendo la memoria.
CONTADOR = """
import runpy, sys, threading, time
maximo = 0
def mira():
    global maximo
    while True:
        maximo = max(maximo, sys.getallocatedblocks())
        time.sleep(0.001)
threading.Thread(target=mira, daemon=True).start()
informe = sys.argv[1]
sys.argv[:] = ["analizador", *sys.argv[2:]]
try:
    runpy.run_module("analizador", run_name="__main__")
finally:
    open(informe, "w").write(str(maximo))
"""


class Analizador:
    """El programa, visto desde fuera."""

    def ordena(self, *argumentos: str | Path, **opciones: Any) -> Resultado:
        """Ejecuta «analizador argumentos…» y comprueba que no acaba con una traza."""
        resultado = ejecutar("analizador", *argumentos, **opciones)
        assert "Traceback" not in resultado.error, (
            f"Se esperaba una explicación, y el programa enseñó una traza:\n{resultado}"
        )
        return resultado

    def leer(
        self, *argumentos: str | Path, codigo: int = 0, **opciones: Any
    ) -> list[dict[str, Any]]:
        """Las entradas que da «analizador leer»."""
        resultado = self.ordena("leer", *argumentos, **opciones)
        comprobar_codigo(resultado, codigo)
        return entradas_de(resultado)

    def informe(self, *argumentos: str | Path) -> dict[str, Any]:
        """El documento que da «analizador estadisticas --json»."""
        resultado = self.ordena("estadisticas", "--json", *argumentos)
        comprobar_codigo(resultado, 0)
        return informe_de(resultado.salida)

    def exporta(
        self, *argumentos: str | Path, codigo: int = 0, **opciones: Any
    ) -> Resultado:
        """Ejecuta «analizador exportar» y comprueba cómo acaba."""
        resultado = self.ordena("exportar", *argumentos, **opciones)
        comprobar_codigo(resultado, codigo)
        return resultado

    def memoria_de_mas(
        self, salida: Path, *argumentos: str | Path, entrada: Path = Path(os.devnull)
    ) -> float:
        """Los MiB que ocupa «analizador argumentos…» por encima de leer un log vacío.

        Lo que el programa escribe por la salida normal queda en el archivo `salida`.
        """
        return _pico(entrada, salida, *argumentos) - _pico_sin_nada()


def objetos(informe: Path, *argumentos: str | Path) -> int:
    """Cuántos objetos llega a tener a la vez «analizador argumentos…».

    `informe` es un archivo que se puede escribir.
    """
    hecho = subprocess.run(
        [sys.executable, "-c", CONTADOR, str(informe), *map(str, argumentos)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=entorno_de_prueba(),
        timeout=plazo(30),
        check=False,
    )
    assert hecho.returncode == 0, (
        f"Se esperaba el código de salida 0, y llegó {hecho.returncode}:\n"
        f"$ python -m analizador {' '.join(map(str, argumentos))}\n"
        f"{hecho.stderr.decode('utf-8', 'replace')}"
    )
    return int(informe.read_text())


def comprobar_codigo(resultado: Resultado, esperado: int) -> None:
    """Falla si el programa no acabó con ese código de salida."""
    assert resultado.codigo == esperado, (
        f"Se esperaba el código de salida {esperado}, y llegó {resultado.codigo}:\n"
        f"{resultado}"
    )


def entradas_de(resultado: Resultado) -> list[dict[str, Any]]:
    """Una entrada por línea de la salida, con los campos y los tipos del contrato."""
    entradas = []
    for linea in resultado.salida.removesuffix("\n").split("\n"):
        if not linea:
            continue
        try:
            entrada = json.loads(linea)
        except ValueError:
            pytest.fail(
                "Se esperaba un objeto JSON en cada línea de la salida, y llegó:\n"
                f"{linea[:300]}\n{resultado.orden}"
            )
        comprobar_campos(entrada)
        entradas.append(entrada)
    return entradas


def comprobar_campos(entrada: Any) -> None:
    """Falla si la entrada no tiene todos los campos del contrato, y solo esos."""
    assert isinstance(entrada, dict) and set(entrada) == set(CAMPOS), (
        f"Se esperaba un objeto con los campos {sorted(CAMPOS)}, y llegó:\n{entrada}"
    )
    for campo, tipo in CAMPOS.items():
        valor = entrada[campo]
        bien = valor is None or (isinstance(valor, tipo) and valor is not True)
        assert bien, (
            f"Se esperaba que «{campo}» fuera {tipo.__name__} o null, y es {valor!r}"
        )
    if entrada["momento"] is not None:
        instante(entrada["momento"])


def instante(texto: str) -> datetime:
    """El instante que dice un momento: ISO 8601 en UTC, terminado en Z."""
    try:
        assert texto.endswith("Z")
        return datetime.fromisoformat(texto)
    except (AssertionError, ValueError):
        pytest.fail(
            "Se esperaba un momento en ISO 8601 y en UTC, como "
            f"2026-03-01T09:00:00.250000Z, y llegó {texto!r}"
        )


def comprobar(entrada: dict[str, Any], **esperado: Any) -> None:
    """Falla si la entrada no dice lo que se esperaba en esos campos."""
    for campo, valor in esperado.items():
        llego = entrada[campo]
        if campo == "momento" and llego is not None and valor is not None:
            llego, valor = instante(llego), instante(valor)
        assert llego == valor, (
            f"En la línea {entrada['linea']} de {entrada['origen']} se esperaba "
            f"{campo} = {valor!r}, y llegó {llego!r}. La entrada:\n{entrada}"
        )


def filas_de(documento: dict[str, Any], nombre: str) -> list[tuple[str, int, int]]:
    """De una tabla del informe, sus filas por orden: valor, entradas y errores."""
    filas = documento.get("tablas", {}).get(nombre)
    assert isinstance(filas, list), (
        f"Se esperaba una lista en tablas.{nombre}, y llegó {filas!r}"
    )
    return [(fila["valor"], fila["entradas"], fila["errores"]) for fila in filas]


def informe_de(texto: str) -> dict[str, Any]:
    """El informe que hay en un texto JSON, con la versión que dice el contrato."""
    try:
        documento = json.loads(texto)
    except ValueError:
        pytest.fail(f"Se esperaba un documento JSON, y llegó:\n{texto[:500]}")
    assert isinstance(documento, dict) and documento.get("version") == 1, (
        f'Se esperaba un objeto con "version": 1, y llegó:\n{texto[:500]}'
    )
    return documento


def tabla(documento: dict[str, Any], nombre: str) -> dict[str, tuple[int, int]]:
    """De una tabla del informe, las entradas y los errores de cada valor."""
    return {valor: (n, malas) for valor, n, malas in filas_de(documento, nombre)}


def filas_csv(texto: str) -> list[dict[str, str]]:
    """Las filas de un CSV, como las leería el módulo csv."""
    lector = csv.DictReader(io.StringIO(texto, newline=""))
    columnas = ["tabla", "valor", "entradas", "errores", "tasa_errores"]
    assert lector.fieldnames == columnas, (
        f"Se esperaban las columnas {columnas}, y llegaron {lector.fieldnames}"
    )
    filas = list(lector)
    for fila in filas:
        assert None not in fila and None not in fila.values(), (
            f"Se esperaban {len(columnas)} celdas en cada fila, y una tiene otras: "
            f"{fila}"
        )
    return filas


def guardar(ruta: Path, lineas: Iterable[str]) -> Path:
    """Escribe un log en UTF-8, con finales de línea de Unix."""
    ruta.write_text(
        "".join(f"{linea}\n" for linea in lineas), encoding="utf-8", newline="\n"
    )
    return ruta


@cache
def _pico_sin_nada() -> float:
    return _pico(Path(os.devnull), Path(os.devnull), "leer", os.devnull)


def _pico(entrada: Path, salida: Path, *argumentos: str | Path) -> float:
    orden = [sys.executable, "-m", "analizador", *map(str, argumentos)]
    hecho = subprocess.run(
        [sys.executable, "-c", MEDIDOR, str(entrada), str(salida), *orden],
        capture_output=True,
        env=entorno_de_prueba(),
        timeout=plazo(30),
        check=True,
    )
    codigo, kib = map(int, hecho.stdout.split())
    assert codigo == 0, (
        f"Se esperaba el código de salida 0, y llegó {codigo}:\n"
        f"$ {' '.join(orden)}\n{hecho.stderr.decode('utf-8', 'replace')}"
    )
    return kib / 1024
