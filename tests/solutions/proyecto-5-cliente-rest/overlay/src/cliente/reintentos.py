"""Cuándo vale la pena repetir una petición, y cuánto esperar antes."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

ESTADOS = frozenset({429, 500, 502, 503, 504})
METODOS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
"""Hacerlos dos veces es como hacerlos una (RFC 9110, 9.2.2)."""


@dataclass(frozen=True)
class Politica:
    """Cuántas veces se intenta y cuánto se puede esperar en total, en segundos."""

    intentos: int
    espera: float
    presupuesto: float
    reloj: Callable[[], float]

    def pausa(self, intento: int, retry_after: str | None) -> float:
        """Segundos antes del siguiente intento (el primero es el 1).

        Cada vez el doble, y siempre algo distinto: si mil clientes fallan a la vez, que
        no vuelvan a la vez. Nunca menos de lo que pide la API en Retry-After.
        """
        pausa = self.espera * 2 ** (intento - 1) * random.uniform(0.5, 1)
        return max(pausa, self._pedida(retry_after))

    def _pedida(self, retry_after: str | None) -> float:
        if not retry_after:
            return 0.0
        if retry_after.strip().isdecimal():
            return float(retry_after)
        try:
            fecha = parsedate_to_datetime(retry_after)
            if fecha.tzinfo is None:  # la forma de C no lo dice, y es UTC
                fecha = fecha.replace(tzinfo=UTC)
            return fecha.timestamp() - self.reloj()
        except (TypeError, ValueError):
            return 0.0
