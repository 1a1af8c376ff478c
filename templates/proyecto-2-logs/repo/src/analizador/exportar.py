"""El informe, fuera del programa: en JSON y en CSV."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def en_json(informe: dict[str, Any]) -> str:
    """El informe tal cual, en un documento JSON.

    Roadmap 1.6: https://docs.python.org/3/library/json.html
    """
    raise NotImplementedError("R3 · el informe en JSON")


def en_csv(informe: dict[str, Any]) -> str:
    """Una fila por cada valor de cada tabla, y la primera con el total.

    R3: no juntes celdas con comas a mano. ¿Qué hace csv.writer con una ruta que tiene
    una coma, unas comillas o un salto de línea? Roadmap 1.6:
    https://docs.python.org/3/library/csv.html
    """
    raise NotImplementedError("R3 · el informe en CSV")


def guardar(ruta: Path, texto: str) -> None:
    """Escribe el archivo entero o lo deja como estaba.

    R3: lo mismo que en el proyecto 1: otro archivo, y os.replace.
    """
    raise NotImplementedError("R3 · guardar el informe")
