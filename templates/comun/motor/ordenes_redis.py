"""Lo poco que hace falta para dar órdenes a un Redis, sin depender de su biblioteca."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit


def ordenar(url: str, *orden: str) -> str:
    """Manda una orden a la base de esa URL y da su respuesta, si cabe en una línea.

    Lanza ValueError si Redis dice que no, y OSError si no se puede hablar con él.
    """
    partes = urlsplit(url)
    ordenes = [orden]
    if (base := partes.path.strip("/")) not in {"", "0"}:
        ordenes.insert(0, ("SELECT", base))
    if partes.password:
        usuario = [unquote(partes.username)] if partes.username else []
        ordenes.insert(0, ("AUTH", *usuario, unquote(partes.password)))
    donde = (partes.hostname or "127.0.0.1", partes.port or 6379)
    with socket.create_connection(donde, 2) as enchufe, enchufe.makefile("rb") as sale:
        respuesta = b""
        for una in ordenes:
            enchufe.sendall(_codificar(una))
            respuesta = sale.readline().rstrip()
            if respuesta[:1] == b"$" and respuesta != b"$-1":
                respuesta = b"$" + sale.readline().rstrip()
            if not respuesta:
                raise ConnectionError("Redis ha cortado la conexión")
            if respuesta[:1] == b"-":
                raise ValueError(respuesta[1:].decode())
    return respuesta[1:].decode()


def _codificar(orden: Sequence[str]) -> bytes:
    partes = [parte.encode() for parte in orden]
    cabeza = b"*%d\r\n" % len(partes)
    return cabeza + b"".join(b"$%d\r\n%b\r\n" % (len(p), p) for p in partes)
