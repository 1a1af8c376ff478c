"""Una conexión: lee peticiones y escribe respuestas hasta que toca cerrar."""

from __future__ import annotations

import logging
import socket

from servidor.ajustes import Ajustes
from servidor.aplicacion import Aplicacion

registro = logging.getLogger(__name__)

_CUERPO = "¡Está en marcha! Ahora te toca a ti.\n".encode()
RESPUESTA_FIJA = (
    b"HTTP/1.1 200 OK\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"Content-Length: %d\r\n"
    b"Connection: close\r\n"
    b"\r\n" % len(_CUERPO)
) + _CUERPO


class Conexion:
    """El diálogo con un cliente."""

    def __init__(
        self, enchufe: socket.socket, aplicacion: Aplicacion, ajustes: Ajustes
    ) -> None:
        """No lee ni escribe nada: eso lo hace `atender`."""
        self._enchufe = enchufe
        self._aplicacion = aplicacion
        self._ajustes = ajustes

    def atender(self) -> None:
        """De momento, pida lo que pida el cliente, la respuesta es siempre la misma.

        R1: lee una petición (lectura.py, analisis.py), pásala a la aplicación, escribe
        su respuesta, y vuelta a empezar mientras la conexión siga abierta.
        R4: si al leerla salta un ErrorHTTP, contesta con su estado y cierra.
        R5: el plazo de un segundo es provisional; los de verdad están en los ajustes.
        Roadmap 2.2: https://docs.python.org/3/library/socket.html
        """
        with self._enchufe:
            self._enchufe.settimeout(1.0)
            pedido = self._enchufe.recv(65_536)
            registro.info("ha llegado: %r", pedido[:100])
            self._enchufe.sendall(RESPUESTA_FIJA)
