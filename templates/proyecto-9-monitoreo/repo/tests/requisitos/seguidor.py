# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""Quien sigue los eventos por Server-Sent Events, con un socket y nada más."""

from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from motor.limites import plazo
from motor.servicio import Servicio


@dataclass(frozen=True)
class Evento:
    """Uno que ha llegado entero."""

    tipo: str
    id: str
    texto: str

    @property
    def datos(self) -> Any:
        """Su JSON, o un fallo."""
        try:
            return json.loads(self.texto)
        except ValueError:
            raise AssertionError(
                f"Se esperaba JSON en data:, y llegó {self.texto[:200]!r}"
            ) from None


class Seguidor:
    """Pide GET /eventos y apunta lo que llega, en un hilo."""

    def __init__(self, servicio: Servicio, desde: str | None = None) -> None:
        """Conecta y espera a las cabeceras; ``desde`` va en Last-Event-ID."""
        self.eventos: list[Evento] = []
        self.cabeza = ""
        self._hay = threading.Condition()
        self._empezado = self._cortado = False
        with servicio.vigilar(que="GET /eventos"):
            self._enchufe = socket.create_connection(
                (servicio.host, servicio.puerto), servicio.plazo
            )
            visto = f"Last-Event-ID: {desde}\r\n" if desde is not None else ""
            self._enchufe.sendall(
                f"GET /eventos HTTP/1.1\r\nHost: {servicio.host}:{servicio.puerto}\r\n"
                f"Accept: text/event-stream\r\n{visto}\r\n".encode()
            )
            self._lector = self._enchufe.makefile("rb")
            self.cabeza = self._leer_cabeza()
        self._enchufe.settimeout(None)
        self._hilo = threading.Thread(target=self._leer, daemon=True)
        self._hilo.start()

    @property
    def codigo(self) -> int:
        """El de la respuesta."""
        partes = self.cabeza.split(" ")
        return int(partes[1]) if len(partes) > 1 and partes[1].isdigit() else 0

    def _leer_cabeza(self) -> str:
        lineas = []
        while (linea := self._lector.readline()) not in {b"\r\n", b""}:
            lineas.append(linea.decode("latin-1"))
        return "".join(lineas)

    def _lineas(self) -> Any:
        """Las del cuerpo, que viene a trozos («chunked»)."""
        pendiente = b""
        while cuanto := self._lector.readline().strip():
            if not (largo := int(cuanto, 16)):
                return
            pendiente += self._lector.read(largo)
            self._lector.readline()
            *enteras, pendiente = pendiente.split(b"\n")
            yield from (linea.rstrip(b"\r").decode() for linea in enteras)

    def _leer(self) -> None:
        tipo, id, datos = "message", "", []
        with suppress(OSError, ValueError):
            for linea in self._lineas():
                campo, _, valor = linea.partition(":")
                valor = valor.removeprefix(" ")
                if linea == "":
                    if datos:
                        self._apuntar(Evento(tipo, id, "\n".join(datos)))
                    tipo, datos = "message", []
                elif campo == "event":
                    tipo = valor
                elif campo == "data":
                    datos.append(valor)
                elif campo == "id":
                    id = valor
        with self._hay:
            self._cortado = True
            self._hay.notify_all()

    def _apuntar(self, evento: Evento) -> None:
        with self._hay:
            self.eventos.append(evento)
            self._hay.notify_all()

    def espera(self, cuantos: int, segundos: float = 3) -> list[Evento]:
        """Los que haya cuando sean tantos, o cuando se acabe el tiempo."""
        final = time.monotonic() + plazo(segundos)
        with self._hay:
            while len(self.eventos) < cuantos and not self._cortado:
                if not self._hay.wait(max(final - time.monotonic(), 0)):
                    break
            return list(self.eventos)

    def cerrar(self) -> None:
        """Se va."""
        with suppress(OSError):
            self._enchufe.shutdown(socket.SHUT_RDWR)
        self._enchufe.close()
