"""El entorno de todo lo que arrancan las pruebas.

Lo que leen Python, pytest, coverage, uv y Git se decide aquí, para que ninguna variable
de tu terminal cambie un veredicto; lo demás (PATH, HOME, LANG…) pasa tal cual.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

SRC = Path(__file__).parents[2] / "src"
APARTE = bool(os.environ.get("REQUISITOS_APARTE"))
"""Si en este proceso no se importa nada de quien aprende: así se califica."""
DECIDIDO = (
    "PYTHON",  # PYTHONOPTIMIZE quita los assert, PYTHONINSPECT cuelga el programa…
    "__PYVENV",
    "PYTEST",
    "PY_COLORS",
    "COV",  # COVERAGE_PROCESS_START, COV_CORE_SOURCE…
    "UV_",
    "VIRTUAL_ENV",
    "GIT_",
    "FORCE_COLOR",
    "NO_COLOR",
    "REQUISITOS_APARTE",
)
"""Cómo empiezan las variables que no pasan."""


def entorno_de_prueba(cambios: Mapping[str, str] | None = None) -> dict[str, str]:
    """El de siempre, con src y en UTF-8, y con estos cambios."""
    entorno = {
        nombre: valor
        for nombre, valor in os.environ.items()
        if not nombre.upper().startswith(DECIDIDO)
    }
    entorno |= {"PYTHONPATH": str(SRC), "PYTHONUTF8": "1"}
    return entorno | dict(cambios or {})


def sin_assert() -> str:
    """Por qué Python se está saltando los assert; vacío si no se los salta.

    Sin ellos las pruebas no comprueban nada, y pasaría cualquiera.
    """
    if not sys.flags.optimize:
        return ""
    return (
        "Python se está saltando los assert (por la variable PYTHONOPTIMIZE, o por "
        "«python -O»), y sin ellos las pruebas no comprueban nada. Quítala («unset "
        "PYTHONOPTIMIZE»; en PowerShell, «Remove-Item Env:PYTHONOPTIMIZE») y repite."
    )
