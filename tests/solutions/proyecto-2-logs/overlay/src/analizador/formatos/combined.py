"""El formato de acceso de Apache y nginx: «combined», y «common», más corto.

Admite al final los segundos que tardó la respuesta ($request_time de nginx).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from analizador.entrada import Entrada, crear

# Sin alternativas que se pisen: cada carácter solo puede encajar de una manera.
COMILLAS = r'"[^"\\]*(?:\\.[^"\\]*)*"'
LINEA = re.compile(
    r"(?P<cliente>\S+) \S+ \S+ \[(?P<momento>[^\]]+)\] "
    rf"(?P<peticion>{COMILLAS}) (?P<estado>\d{{3}}) (?:\d+|-)"
    rf"(?: {COMILLAS} {COMILLAS})?"
    r"(?: (?P<segundos>-|\d+(?:\.\d+)?))?"
)
PETICION = re.compile(r"([A-Z]+) (\S+) HTTP/\d(?:\.\d)?")
MOMENTO = re.compile(
    r"(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)", re.ASCII
)
MESES = ("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec").split()


class Combined:
    """Líneas como `1.2.3.4 - - [01/Mar/2026:10:00:00 +0100] "GET / HTTP/1.1" 200 5`."""

    nombre = "combined"

    def analizar(self, linea: str) -> Entrada | None:
        """La entrada que dice la línea, o None si no es de este formato."""
        encaje = LINEA.fullmatch(linea)
        if encaje is None:
            return None
        momento = _momento(encaje["momento"])
        if momento is None:
            return None
        texto = encaje["peticion"][1:-1]
        peticion = PETICION.fullmatch(texto)
        segundos = encaje["segundos"]
        return crear(
            self.nombre,
            momento,
            {
                "mensaje": texto,
                "cliente": None if encaje["cliente"] == "-" else encaje["cliente"],
                "metodo": peticion[1] if peticion else None,
                "ruta": peticion[2] if peticion else None,
                "estado": encaje["estado"],
                "duracion_ms": (
                    None if segundos in (None, "-") else float(segundos) * 1000
                ),
            },
        )


# Muchas líneas seguidas dicen el mismo segundo: no vale la pena leerlo dos veces.
@lru_cache(maxsize=64)
def _momento(texto: str) -> datetime | None:
    """El instante en UTC. No usa strptime: tarda más que todo lo demás junto."""
    encaje = MOMENTO.fullmatch(texto)
    if encaje is None or encaje[2] not in MESES:
        return None
    dia, _, anio, hora, minuto, segundo, signo, horas, minutos = encaje.groups()
    desfase = timedelta(hours=int(horas), minutes=int(minutos))
    try:
        zona = timezone(-desfase if signo == "-" else desfase)
        mes = MESES.index(encaje[2]) + 1
        return datetime(
            int(anio), mes, int(dia), int(hora), int(minuto), int(segundo), tzinfo=zona
        ).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
