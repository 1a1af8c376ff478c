"""Peticiones condicionales y rangos: qué parte del archivo hay que mandar."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import formatdate, parsedate_to_datetime

from servidor.mensajes import Cabeceras

_ETIQUETA = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
_RANGO = re.compile(r"bytes=([0-9]*)-([0-9]*)", re.IGNORECASE)


def fecha_http(segundos: float | None = None) -> str:
    """Una fecha como «Sun, 06 Nov 1994 08:49:37 GMT», sin depender del idioma."""
    return formatdate(segundos, usegmt=True)


def leer_fecha(texto: str) -> datetime | None:
    """La fecha de una cabecera, o None si no se entiende."""
    try:
        fecha = parsedate_to_datetime(texto)
    except (ValueError, TypeError):
        return None
    return fecha if fecha.tzinfo else fecha.replace(tzinfo=UTC)


def estado_condicional(
    cabeceras: Cabeceras, etiqueta: str, modificado: int
) -> int | None:
    """304 o 412 si las condiciones de la petición lo piden; None si hay que seguir.

    `modificado` va en segundos enteros, que es lo que cabe en Last-Modified. El orden
    es el del apartado 13.2.2 de RFC 9110: las etiquetas mandan sobre las fechas.
    """
    if (valor := cabeceras.get("If-Match")) is not None:
        if valor.strip() != "*" and etiqueta not in _ETIQUETA.findall(valor):
            return 412
    elif fecha := leer_fecha(cabeceras.get("If-Unmodified-Since", "")):
        if modificado > fecha.timestamp():
            return 412
    if (valor := cabeceras.get("If-None-Match")) is not None:
        conocidas = {e.removeprefix("W/") for e in _ETIQUETA.findall(valor)}
        return 304 if valor.strip() == "*" or etiqueta in conocidas else None
    if fecha := leer_fecha(cabeceras.get("If-Modified-Since", "")):
        if modificado <= fecha.timestamp():
            return 304
    return None


def vale_el_rango(cabeceras: Cabeceras, etiqueta: str, modificado: int) -> bool:
    """If-Range: el rango solo sirve si el archivo es el mismo que tenía el cliente."""
    valor = cabeceras.get("If-Range")
    if valor is None:
        return True
    if '"' in valor:
        return valor.strip() == etiqueta
    fecha = leer_fecha(valor)
    return fecha is not None and fecha.timestamp() == modificado


def leer_rango(valor: str, tamano: int) -> tuple[int, int] | None:
    """El primer byte y el último (incluido) que piden, o None si no es un solo rango.

    Si el rango se entiende pero no tiene ni un byte del archivo, el primero es mayor
    que el último.
    """
    partes = _RANGO.fullmatch(valor.strip())
    if not partes or not (partes[1] or partes[2]):
        return None
    if not partes[1]:
        return max(tamano - _entero(partes[2]), 0), tamano - 1
    primero = _entero(partes[1])
    ultimo = _entero(partes[2]) if partes[2] else tamano - 1
    if partes[2] and ultimo < primero:
        return None
    return primero, min(ultimo, tamano - 1)


def _entero(cifras: str) -> int:
    """Con tantas cifras que no cabe en ningún disco, da igual cuáles sean."""
    return int(cifras[:20]) if len(cifras.lstrip("0")) <= 18 else 10**18
