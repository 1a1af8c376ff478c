"""Leer de un socket por líneas o por cantidades exactas, con un plazo total."""

from __future__ import annotations

import socket


class Lector:
    """Los bytes que llegan por una conexión.

    TCP entrega un chorro de bytes: una petición puede llegar en muchos pedazos, y en
    un pedazo pueden venir varias. Lo que sobra de una se guarda para la siguiente.
    Roadmap 2.2: https://docs.python.org/3/howto/sockets.html
    """

    def __init__(self, enchufe: socket.socket) -> None:
        """R1: aquí hace falta dónde guardar lo que sobra."""
        self._enchufe = enchufe

    def linea(self, maximo: int, estado: int) -> bytes:
        """La línea siguiente, sin su CRLF.

        R4: si pasa de `maximo` bytes, ErrorHTTP con `estado`; no esperes al final de
        la línea para darte cuenta, porque puede no llegar nunca.
        """
        raise NotImplementedError("R1 · leer una línea")

    def exactos(self, cuantos: int) -> bytes:
        """Ni un byte más ni uno menos de los pedidos.

        R1: recv(n) da *hasta* n bytes, y b"" cuando el otro lado ha cerrado.
        R5: ¿y si el cliente manda un byte cada segundo? Un plazo por cada recv no
        sirve: cuenta cuánto queda del plazo total (time.monotonic()).
        """
        raise NotImplementedError("R1 · leer tantos bytes")
