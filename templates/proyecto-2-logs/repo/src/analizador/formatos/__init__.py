"""Los formatos que el programa conoce, y cuál toca en cada línea."""

from __future__ import annotations

from collections.abc import Sequence

from analizador.entrada import Entrada
from analizador.formatos.base import Formato
from analizador.formatos.combined import Combined

# R1: aquí faltan los otros tres. Cada uno, en su módulo, como combined.py.
DE_FABRICA: tuple[Formato, ...] = (Combined(),)


class Detector:
    """Reconoce cada línea por su contenido, con los formatos que se le permiten."""

    def __init__(self, formatos: Sequence[Formato]) -> None:
        """Sin efectos. `formatos` está en orden de preferencia."""
        self.formatos = formatos

    def analizar(self, linea: str) -> Entrada | None:
        """La entrada según el primer formato que entiende la línea, o None.

        Gracias a este método, añadir un formato (R4) es añadir una clase: nadie más
        se entera.
        """
        raise NotImplementedError("R1 · reconocer el formato de una línea")
