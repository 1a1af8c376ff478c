"""Lo que se le pide a un formato."""

from __future__ import annotations

from typing import Protocol

from analizador.entrada import Entrada


class Formato(Protocol):
    """Cualquier clase con nombre y analizar() es un formato: no hace falta heredar."""

    @property
    def nombre(self) -> str:
        """El que se escribe en --formato."""

    def analizar(self, linea: str) -> Entrada | None:
        """La entrada que dice la línea, o None si no es de este formato.

        Nunca lanza excepciones: una línea mala es lo normal.
        """
