"""Para pruebas tuyas de antes de que hubiera tests/motor/: sus import siguen valiendo.

Entonces los módulos del motor y los de los requisitos se importaban con su nombre a
secas («from programa import ejecutar»). Solo se miran si no hay nada que se llame así.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

DEL_MOTOR = ("arranque", "programa", "servicio")
TESTS = Path(__file__).parents[1]


class NombresDeAntes:
    """Busca un módulo cuando nadie más lo ha encontrado, y lo carga."""

    def find_spec(
        self, nombre: str, ruta: Sequence[str] | None = None, destino: object = None
    ) -> ModuleSpec | None:
        """Lo que pide Python de quien busca módulos."""
        del ruta, destino
        return ModuleSpec(nombre, self) if donde_esta(nombre) else None  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Uno nuevo, como siempre."""
        del spec

    def exec_module(self, modulo: ModuleType) -> None:
        """Copia en él lo que hay en el módulo de ahora."""
        ahora = donde_esta(modulo.__name__)
        warnings.warn(
            f"«from {modulo.__name__} import …» se escribe ahora "
            f"«from {ahora} import …»",
            DeprecationWarning,
            stacklevel=2,
        )
        for nombre, valor in vars(importlib.import_module(ahora)).items():
            if not nombre.startswith("__"):
                setattr(modulo, nombre, valor)


def donde_esta(nombre: str) -> str:
    """El nombre que tiene ahora ese módulo, o nada si no es de los nuestros."""
    if nombre in DEL_MOTOR and (TESTS / "motor" / f"{nombre}.py").is_file():
        return f"motor.{nombre}"
    if nombre.isidentifier() and (TESTS / "requisitos" / f"{nombre}.py").is_file():
        return f"requisitos.{nombre}"
    return ""


def activar() -> None:
    """Después de todos los que ya buscan módulos."""
    if not any(isinstance(uno, NombresDeAntes) for uno in sys.meta_path):
        sys.meta_path.append(NombresDeAntes())  # type: ignore[arg-type]
