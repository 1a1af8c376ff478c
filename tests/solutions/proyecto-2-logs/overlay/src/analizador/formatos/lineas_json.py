"""Un objeto JSON por línea, como los escriben tantos servicios."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from analizador.entrada import Entrada, a_utc, crear

NOMBRES = {
    "nivel": ("level", "severity"),
    "mensaje": ("message", "msg"),
    "cliente": ("client", "remote_addr"),
    "programa": ("logger", "service"),
    "metodo": ("method",),
    "ruta": ("path",),
    "estado": ("status",),
    "duracion_ms": ("duration_ms",),
}
MOMENTO = ("time", "timestamp", "ts")


class LineasJson:
    """Líneas como `{"time": "2026-03-01T10:00:00Z", "level": "info", "msg": "…"}`."""

    nombre = "json"

    def analizar(self, linea: str) -> Entrada | None:
        """La entrada que dice la línea, o None si no es de este formato."""
        if not linea.startswith("{"):
            return None
        try:
            datos = json.loads(linea)
            momento = _momento(_primero(datos, MOMENTO))
        # RecursionError: mil corchetes uno dentro de otro. OverflowError: el año 10000.
        except (ValueError, OverflowError, OSError, RecursionError):
            return None
        if momento is None:
            return None
        campos = {campo: _primero(datos, claves) for campo, claves in NOMBRES.items()}
        return crear(self.nombre, momento, campos)


def _primero(datos: dict[str, Any], claves: tuple[str, ...]) -> Any:
    return next((datos[clave] for clave in claves if clave in datos), None)


def _momento(valor: object) -> datetime | None:
    if isinstance(valor, str):
        return a_utc(datetime.fromisoformat(valor))
    if isinstance(valor, int | float) and not isinstance(valor, bool):
        return datetime.fromtimestamp(valor, UTC)
    return None
