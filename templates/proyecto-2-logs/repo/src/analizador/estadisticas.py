"""Cuenta lo que pasa por delante, con una memoria que no crece con el archivo."""

from __future__ import annotations

from collections import Counter
from typing import Any

from analizador.entrada import Entrada

VALORES_MAXIMOS = 10_000


class Estadisticas:
    """El resumen de una lectura: se le dan las entradas de una en una.

    R2: guarda cuentas, nunca entradas. ¿Qué pasa si cada línea trae una ruta distinta?
    Roadmap 1.3: https://docs.python.org/3/library/collections.html#collections.Counter
    """

    def agregar(self, entrada: Entrada) -> None:
        """Cuenta una entrada."""
        raise NotImplementedError("R2 · contar una entrada")

    def informe(self) -> dict[str, Any]:
        """El informe, con la forma que dice el contrato."""
        raise NotImplementedError("R2 · hacer el informe")


def percentil(cuenta: Counter[int], p: int) -> int | None:
    """El percentil `p` por el rango más próximo, o None si no hay datos.

    `cuenta` dice cuántas veces salió cada duración: para los percentiles no hace falta
    guardarlas todas. El contrato trae un ejemplo hecho a mano.
    """
    raise NotImplementedError("R2 · calcular un percentil")
