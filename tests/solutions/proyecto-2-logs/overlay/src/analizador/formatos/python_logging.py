"""Lo que escribe el módulo logging de Python, en sus dos formas más corrientes."""

from __future__ import annotations

import re
from datetime import datetime

from analizador.entrada import ALIAS, NIVELES, Entrada, a_utc, crear

MOMENTO = r"(?P<momento>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:[,.]\d{3})?)"
NIVEL = rf"(?P<nivel>(?i:{'|'.join((*NIVELES, *ALIAS))}))"
CON_GUIONES = re.compile(
    rf"{MOMENTO} - (?P<programa>\S+) - {NIVEL} - (?P<mensaje>.*)", re.DOTALL
)
CON_DOS_PUNTOS = re.compile(
    rf"{MOMENTO} {NIVEL} (?P<programa>\S+): (?P<mensaje>.*)", re.DOTALL
)
TRAZA = "Traceback (most recent call last):"


class PythonLogging:
    """Líneas como `2026-03-01 10:00:00,123 ERROR tienda.pagos: mensaje`."""

    nombre = "python"

    def analizar(self, linea: str) -> Entrada | None:
        """La entrada que dice la línea, o None si no es de este formato."""
        encaje = CON_GUIONES.fullmatch(linea) or CON_DOS_PUNTOS.fullmatch(linea)
        if encaje is None:
            return None
        try:
            momento = a_utc(datetime.fromisoformat(encaje["momento"].replace(",", ".")))
        except ValueError:
            return None
        return crear(self.nombre, momento, encaje.groupdict())
