"""La entrada: lo que todos los formatos dicen, dicho siempre igual."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from analizador.texto import limpio

NIVELES = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
ALIAS = {
    "TRACE": "DEBUG",
    "NOTICE": "INFO",
    "WARN": "WARNING",
    "ERR": "ERROR",
    "FATAL": "CRITICAL",
    "CRIT": "CRITICAL",
    "ALERT": "CRITICAL",
    "EMERG": "CRITICAL",
}


@dataclass(slots=True)
class Entrada:
    """Una línea de log ya entendida. Lo que la línea no dice queda en None."""

    momento: datetime | None
    """Con zona, y siempre UTC."""
    formato: str
    nivel: str | None = None
    mensaje: str | None = None
    cliente: str | None = None
    programa: str | None = None
    metodo: str | None = None
    ruta: str | None = None
    estado: int | None = None
    duracion_ms: int | None = None
    origen: str = ""
    linea: int = 0

    @property
    def es_error(self) -> bool:
        """De nivel ERROR o CRITICAL, o una respuesta 5xx."""
        return self.nivel in {"ERROR", "CRITICAL"} or (self.estado or 0) >= 500

    def como_dict(self) -> dict[str, object]:
        """El objeto JSON de la entrada, con los campos del contrato."""
        return {
            "momento": texto_de(self.momento),
            "nivel": self.nivel,
            "mensaje": self.mensaje,
            "cliente": self.cliente,
            "programa": self.programa,
            "metodo": self.metodo,
            "ruta": self.ruta,
            "estado": self.estado,
            "duracion_ms": self.duracion_ms,
            "formato": self.formato,
            "origen": self.origen,
            "linea": self.linea,
        }


def crear(formato: str, momento: datetime | None, campos: Mapping[str, Any]) -> Entrada:
    """Hace una entrada con lo que un formato ha encontrado en la línea.

    Lo que no encaja (un nivel que nadie conoce, un estado que no es un número) queda
    en None: solo el momento decide si una línea está rota.
    """
    estado = _entero(campos.get("estado"))
    if estado is not None and not 100 <= estado <= 599:
        estado = None
    ruta = _texto(campos.get("ruta"))
    return Entrada(
        momento=momento,
        nivel=_nivel(campos.get("nivel")) or _nivel_de_estado(estado),
        mensaje=_texto(campos.get("mensaje")),
        cliente=_texto(campos.get("cliente")),
        programa=_texto(campos.get("programa")),
        metodo=_texto(campos.get("metodo")),
        ruta=None if ruta is None else ruta.partition("?")[0],
        estado=estado,
        duracion_ms=_milisegundos(campos.get("duracion_ms")),
        formato=formato,
    )


def a_utc(momento: datetime) -> datetime:
    """El mismo instante en UTC; sin zona, se toma como UTC.

    Raises:
        OverflowError: el instante se sale del calendario al cambiar de zona.
    """
    if momento.tzinfo is None:
        return momento.replace(tzinfo=UTC)
    return momento.astimezone(UTC)


def texto_de(momento: datetime | None) -> str | None:
    """ISO 8601 con microsegundos y terminado en Z."""
    if momento is None:
        return None
    return momento.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _texto(valor: object) -> str | None:
    return limpio(valor) if isinstance(valor, str) else None


def _nivel(valor: object) -> str | None:
    if not isinstance(valor, str):
        return None
    nivel = valor.strip().upper()
    nivel = ALIAS.get(nivel, nivel)
    return nivel if nivel in NIVELES else None


def _nivel_de_estado(estado: int | None) -> str | None:
    if estado is None:
        return None
    if estado >= 500:
        return "ERROR"
    return "WARNING" if estado >= 400 else "INFO"


def _entero(valor: object) -> int | None:
    if isinstance(valor, bool) or not isinstance(valor, int | str):
        return None
    try:
        return int(valor)
    except ValueError:
        return None


def _milisegundos(valor: object) -> int | None:
    """El entero más cercano, o None si no es una duración."""
    if isinstance(valor, bool) or not isinstance(valor, int | float | str):
        return None
    try:
        numero = float(valor)
    except (ValueError, OverflowError):
        return None
    return round(numero) if math.isfinite(numero) and numero >= 0 else None
