"""El informe, fuera del programa: para personas, en JSON y en CSV."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from typing import Any

from analizador.errores import ErrorDeEscritura
from analizador.texto import visible

COLUMNAS = ("tabla", "valor", "entradas", "errores", "tasa_errores")
# https://owasp.org/www-community/attacks/CSV_Injection; el apóstrofo también, para que
# quitar uno al leer devuelva siempre el valor de antes.
PELIGROSOS = ("=", "+", "-", "@", "\t", "\r", "\n", "'")
FILAS_EN_PANTALLA = 10


def en_json(informe: dict[str, Any]) -> str:
    """El informe tal cual, en un documento JSON."""
    return json.dumps(informe, ensure_ascii=False) + "\n"


def en_csv(informe: dict[str, Any]) -> str:
    """Una fila por cada valor de cada tabla, y la primera con el total."""
    salida = io.StringIO(newline="")
    escritor = csv.DictWriter(salida, COLUMNAS, extrasaction="ignore")
    escritor.writeheader()
    escritor.writerow({**informe, "tabla": "total", "valor": ""})
    for nombre, filas in informe["tablas"].items():
        for fila in filas:
            escritor.writerow({**fila, "tabla": nombre, "valor": inocua(fila["valor"])})
    return salida.getvalue()


def inocua(celda: str) -> str:
    """La celda, de manera que ninguna hoja de cálculo la tome por una fórmula."""
    return f"'{celda}" if celda.startswith(PELIGROSOS) else celda


def en_texto(informe: dict[str, Any]) -> str:
    """El informe para personas: los números y el principio de cada tabla."""
    duracion = informe["duracion_ms"]
    partes = [
        f"Entradas: {informe['entradas']}   Líneas rotas: {informe['rotas']}",
        f"Errores: {informe['errores']} ({informe['tasa_errores']:.2%})",
        f"Desde {informe['desde']} hasta {informe['hasta']}",
        f"Duración (ms): p50 {duracion['p50']}   p95 {duracion['p95']}   "
        f"p99 {duracion['p99']}",
    ]
    for nombre, filas in informe["tablas"].items():
        if filas:
            partes.append(f"\nPor {nombre}:")
        partes += [
            f"{fila['entradas']:>8}  {fila['tasa_errores']:>7.2%}  "
            f"{visible(fila['valor'])}"
            for fila in filas[:FILAS_EN_PANTALLA]
        ]
    return "\n".join(partes) + "\n"


def guardar(ruta: Path, texto: str) -> None:
    """Escribe el archivo entero o lo deja como estaba.

    Raises:
        ErrorDeEscritura: no se puede escribir ahí.
    """
    if ruta.exists() and not ruta.is_file():
        raise ErrorDeEscritura(f"no puedo escribir {ruta}: no es un archivo")
    temporal = ruta.with_name(f".{ruta.name}.{os.getpid()}.tmp")
    try:
        with open(temporal, "x", encoding="utf-8", newline="") as archivo:
            archivo.write(texto)
        os.replace(temporal, ruta)
    except OSError as error:
        raise ErrorDeEscritura(f"no puedo escribir {ruta}: {error.strerror}") from error
    finally:
        temporal.unlink(missing_ok=True)
