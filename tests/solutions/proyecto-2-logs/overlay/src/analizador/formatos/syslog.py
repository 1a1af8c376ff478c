"""syslog según la RFC 5424."""

from __future__ import annotations

import re
from datetime import datetime

from analizador.entrada import Entrada, a_utc, crear

LINEA = re.compile(
    r"<(?P<pri>\d{1,3})>1 (?P<momento>\S+) (?P<cliente>\S+) (?P<programa>\S+) \S+ \S+ "
    r'(?:-|(?:\[[^ \]="]+(?: [^ \]="]+="[^"\\]*(?:\\.[^"\\]*)*")*\])+)'
    r"(?: (?P<mensaje>.*))?",
    re.DOTALL,
)
# La gravedad, de 0 (emergencia) a 7 (depuración), es el resto de dividir PRI entre 8.
GRAVEDADES = (
    ("CRITICAL", "CRITICAL", "CRITICAL", "ERROR")
    + ("WARNING", "INFO", "INFO", "DEBUG")
)  # fmt: skip


class Syslog:
    """Líneas como `<34>1 2026-03-01T10:00:00Z equipo programa - - - mensaje`."""

    nombre = "syslog"

    def analizar(self, linea: str) -> Entrada | None:
        """La entrada que dice la línea, o None si no es de este formato."""
        encaje = LINEA.fullmatch(linea)
        if encaje is None or int(encaje["pri"]) > 191:
            return None
        momento = None
        if encaje["momento"] != "-":
            try:
                momento = a_utc(datetime.fromisoformat(encaje["momento"]))
            except (ValueError, OverflowError):
                return None
        return crear(
            self.nombre,
            momento,
            {
                "nivel": GRAVEDADES[int(encaje["pri"]) % 8],
                "mensaje": (encaje["mensaje"] or "").removeprefix("\ufeff"),
                "cliente": _valor(encaje["cliente"]),
                "programa": _valor(encaje["programa"]),
            },
        )


def _valor(texto: str) -> str | None:
    """En syslog, un guion quiere decir «no lo sé»."""
    return None if texto == "-" else texto
