# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""Un cliente que no lee: para ver qué hace el servidor con quien no escucha."""

from __future__ import annotations

import json
import socket
import struct
import sys
from collections import deque
from contextlib import suppress
from typing import Any

from requisitos.clientes import Chat, Datos, leer_trama, peticion
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri


class Crudo:
    """Un cliente que solo lee cuando se le dice, y que casi no tiene dónde guardar.

    Un cliente normal lee siempre, aunque su programa no mire lo que llega.
    """

    def __init__(self, chat: Chat) -> None:
        """Se conecta y saluda."""
        servicio = self.servicio = chat.servicio
        self._tramas: deque[Datos] = deque()
        with servicio.vigilar(que="abrir una conexión"):
            self._protocolo = ClientProtocol(parse_uri(servicio.direccion))
            self.enchufe = socket.socket()
            chat.al_colgar(self.enchufe.close)
            self.enchufe.settimeout(servicio.plazo)
            # Con poco sitio en el sistema, lo que no se lee se nota antes.
            self.enchufe.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            with suppress(AttributeError, OSError):  # Windows no sabe
                self.enchufe.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
            self.enchufe.connect((servicio.host, servicio.puerto))
            self._protocolo.send_request(self._protocolo.connect())
            self._enviar()
            while self._protocolo.state is State.CONNECTING and self._leer():
                pass
        assert self._protocolo.state is State.OPEN, (
            "Se esperaba poder abrir una conexión, y el servidor la rechaza"
        )

    def enviar(self, accion: str, **datos: Any) -> None:
        """Pide algo sin leer la respuesta."""
        with self.servicio.vigilar(que=f"«{accion}»"):
            self._protocolo.send_text(json.dumps(peticion(accion, datos)).encode())
            self._enviar()

    def _enviar(self) -> None:
        for datos in self._protocolo.data_to_send():
            if datos:
                self.enchufe.sendall(datos)

    def _leer(self) -> bool:
        """Lee un poco y guarda las tramas enteras. Dice si quedaba algo."""
        datos = self.enchufe.recv(65_536)
        if not datos:
            return False
        self._protocolo.receive_data(datos)
        for trama in self._protocolo.events_received():
            if isinstance(trama, Frame) and trama.opcode is Opcode.TEXT:
                self._tramas.append(leer_trama(bytes(trama.data).decode()))
        return True

    def exito(self, accion: str, **datos: Any) -> Datos:
        """Pide algo que tiene que salir bien, y lee hasta que se lo contestan."""
        with self.servicio.vigilar(que=f"«{accion}»"):
            self.enviar(accion, **datos)
            while True:
                while self._tramas:
                    if (respuesta := self._tramas.popleft()).get("ok"):
                        return respuesta["datos"]
                assert self._leer(), (
                    f"Se esperaba que «{accion}» fuera bien, y se cortó la conexión"
                )

    def mensajes(self, cuantos: int) -> list[Datos]:
        """Lee hasta tener tantos mensajes."""
        leidos: list[Datos] = []
        with self.servicio.vigilar(que=f"leer {cuantos} mensajes"):
            while len(leidos) < cuantos:
                while self._tramas and len(leidos) < cuantos:
                    if (trama := self._tramas.popleft()).get("evento") == "mensaje":
                        leidos.append(trama["datos"])
                assert len(leidos) == cuantos or self._leer(), (
                    f"Se esperaban {cuantos} mensajes, y tras leer {len(leidos)} se "
                    "cortó la conexión"
                )
        return leidos

    def vaciar(self) -> list[Datos]:
        """Lee lo pendiente hasta que el servidor corte, y da las tramas enteras."""
        with self.servicio.vigilar(que="cortar a quien no lee"):
            with suppress(ConnectionError):
                while self._leer():
                    pass
        return list(self._tramas)

    def cortar(self) -> None:
        """Cierra en seco, sin despedirse (con este ajuste, TCP envía un RST)."""
        en_seco = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
        self.enchufe.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, en_seco)
        self.enchufe.close()
