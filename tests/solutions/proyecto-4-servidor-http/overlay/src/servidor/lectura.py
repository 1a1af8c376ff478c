"""Leer de un socket por líneas o por cantidades exactas, con un plazo total."""

from __future__ import annotations

import socket
import time

from servidor.mensajes import ErrorHTTP

TROZO = 65_536


class ConexionCerrada(Exception):
    """El cliente ha cerrado, o se ha caído, antes de acabar."""


class Lector:
    """Los bytes que llegan por una conexión.

    TCP entrega un chorro de bytes: una petición puede llegar en muchos pedazos, y en
    un pedazo pueden venir varias. Lo que sobra de una queda aquí para la siguiente.
    """

    def __init__(self, enchufe: socket.socket) -> None:
        """Sin plazo hasta que alguien llame a `vence_en`."""
        self._enchufe = enchufe
        self._bufer = bytearray()
        self._limite: float | None = None

    def vence_en(self, segundos: float) -> None:
        """Desde ahora, todo lo que se lea tiene que llegar en estos segundos."""
        self._limite = time.monotonic() + segundos

    def esperar_datos(self) -> None:
        """Vuelve en cuanto haya al menos un byte por leer."""
        if not self._bufer:
            self._recibir()

    def empieza_por(self, datos: bytes) -> bool:
        """Si lo primero que hay sin leer es eso."""
        return self._bufer.startswith(datos)

    def linea(self, maximo: int, estado: int) -> bytes:
        """La línea siguiente, sin su CRLF.

        Raises:
            ErrorHTTP: pasa de `maximo` bytes (con `estado`), o acaba sin CR (con 400).
        """
        mirado = 0
        while (fin := self._bufer.find(b"\n", mirado)) < 0:
            mirado = len(self._bufer)
            if mirado > maximo + 1:
                raise ErrorHTTP(estado, f"línea de más de {maximo} bytes")
            self._recibir()
        if fin - 1 > maximo:
            raise ErrorHTTP(estado, f"línea de más de {maximo} bytes")
        linea = self._sacar(fin + 1)
        if not linea.endswith(b"\r\n"):
            raise ErrorHTTP(400, "línea acabada en LF sin CR")
        return linea[:-2]

    def exactos(self, cuantos: int) -> bytes:
        """Ni un byte más ni uno menos de los pedidos."""
        while len(self._bufer) < cuantos:
            self._recibir()
        return self._sacar(cuantos)

    def descartar(self, maximo: int) -> None:
        """Lee y tira lo que llegue hasta que el cliente cierre."""
        leidos = 0
        try:
            while leidos < maximo:
                self._bufer.clear()
                self._recibir()
                leidos += len(self._bufer)
        except (ConexionCerrada, TimeoutError):
            pass

    def _sacar(self, cuantos: int) -> bytes:
        datos = bytes(self._bufer[:cuantos])
        del self._bufer[:cuantos]
        return datos

    def _recibir(self) -> None:
        if self._limite is not None:
            resto = self._limite - time.monotonic()
            if resto <= 0:
                raise TimeoutError
            self._enchufe.settimeout(resto)
        try:
            datos = self._enchufe.recv(TROZO)
        except TimeoutError:
            raise
        except OSError as error:
            raise ConexionCerrada from error
        if not datos:
            raise ConexionCerrada
        self._bufer += datos
