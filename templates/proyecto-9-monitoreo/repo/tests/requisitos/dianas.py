# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""Los servicios que se vigilan en estas pruebas: de verdad, y con todos los defectos.

Un servidor atiende a todas las dianas; cada una es una ruta suya, que hace lo que se le
diga y cuenta las visitas. Hay otro en direcciones a las que no se debe llamar.
"""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from motor.cliente import unico
from motor.puertos import puerto_libre

Hacer = Callable[[socket.socket, "Diana"], None]
PACIENCIA = 20.0
"""Segundos que aguanta abierta una conexión que nadie suelta."""


@dataclass
class Diana:
    """Un servicio vigilado: qué hace, y quién ha venido."""

    url: str
    hacer: Hacer
    visitas: int = 0
    dentro: int = 0
    maximo: int = 0
    cabezas: list[str] = field(default_factory=list)
    llamada: threading.Event = field(default_factory=threading.Event)
    suelta: threading.Event = field(default_factory=threading.Event)
    _cerrojo: threading.Lock = field(default_factory=threading.Lock)

    def atender(self, enchufe: socket.socket, cabeza: str) -> None:
        """Cuenta la visita y hace lo suyo."""
        with self._cerrojo:
            self.visitas += 1
            self.dentro += 1
            self.maximo = max(self.maximo, self.dentro)
            self.cabezas.append(cabeza)
        self.llamada.set()
        try:
            self.hacer(enchufe, self)
        finally:
            with self._cerrojo:
                self.dentro -= 1


def responde(codigo: int = 200, *, tras: float = 0, cabeceras: str = "") -> Hacer:
    """Una respuesta corriente, después de esperar un poco."""

    def hacer(enchufe: socket.socket, _: Diana) -> None:
        time.sleep(tras)
        enchufe.sendall(
            f"HTTP/1.1 {codigo} Vale\r\nContent-Length: 0\r\n"
            f"Connection: close\r\n{cabeceras}\r\n".encode()
        )

    return hacer


def redirige(lugar: str, codigo: int = 302, *, tras: float = 0) -> Hacer:
    """Manda a otro sitio."""
    return responde(codigo, tras=tras, cabeceras=f"Location: {lugar}\r\n")


def por_turno(*cosas: Hacer) -> Hacer:
    """Una cosa en cada visita, y la última para siempre."""

    def hacer(enchufe: socket.socket, diana: Diana) -> None:
        cosas[min(diana.visitas, len(cosas)) - 1](enchufe, diana)

    return hacer


def cuelga(enchufe: socket.socket, diana: Diana) -> None:
    """No contesta hasta que se le suelta (con 200) o hasta que el otro se cansa."""
    final = time.monotonic() + PACIENCIA
    enchufe.settimeout(0.02)
    while not diana.suelta.wait(0.01) and time.monotonic() < final:
        with suppress(TimeoutError):
            if not enchufe.recv(1):
                return
    enchufe.settimeout(None)
    responde()(enchufe, diana)


def gotea(enchufe: socket.socket, _: Diana) -> None:
    """Una letra de cabecera cada poco, sin acabar nunca."""
    enchufe.sendall(b"HTTP/1.1 200 OK\r\nX-Lenta: ")
    final = time.monotonic() + PACIENCIA
    while time.monotonic() < final:
        enchufe.sendall(b"a")
        time.sleep(0.05)


def sin_fin(enchufe: socket.socket, _: Diana) -> None:
    """Contesta bien, y manda un cuerpo que no acaba."""
    enchufe.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    final = time.monotonic() + PACIENCIA
    while time.monotonic() < final:
        enchufe.sendall(b"x" * 4096)
        time.sleep(0.001)


def basura(enchufe: socket.socket, _: Diana) -> None:
    """Algo que no es HTTP."""
    enchufe.sendall(b"SSH-2.0-OpenSSH_9.9\r\n\x00\xff\xfe basura\r\n\r\n")


def corta(enchufe: socket.socket, _: Diana) -> None:
    """Cierra sin decir nada."""


class _Servidor(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """Que el otro cuelgue es lo normal aquí."""


class Dianas:
    """El servidor de todas, y los que vigilan que no se les llame."""

    def __init__(self) -> None:
        """Escucha ya, en un puerto libre de 127.0.0.1."""
        self._todas: dict[str, Diana] = {}
        self._servidor = self._escuchar(("127.0.0.1", 0), self._atender)
        self.puerto = int(self._servidor.server_address[1])
        self.prohibidas: list[str] = []
        """Direcciones de este ordenador, que no se permiten, en las que hay alguien."""
        self.intrusos: list[str] = []
        """Por dónde ha entrado quien ha llamado a una prohibida."""
        self._otros = [self._prohibir("127.0.0.2"), self._prohibir("::1")]

    def _prohibir(self, direccion: str) -> socketserver.BaseServer | None:
        def apuntar(enchufe: socket.socket) -> None:
            self.intrusos.append(direccion)
            responde()(enchufe, Diana("", responde()))

        with suppress(OSError):  # no todos los sistemas tienen estas direcciones
            otro = self._escuchar((direccion, self.puerto), apuntar)
            self.prohibidas.append(direccion)
            return otro
        return None

    @staticmethod
    def _escuchar(
        donde: tuple[str, int], hacer: Callable[[socket.socket], None]
    ) -> socketserver.BaseServer:
        class Atender(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with suppress(OSError):
                    hacer(self.request)

        class Servidor(_Servidor):
            address_family = socket.AF_INET6 if ":" in donde[0] else socket.AF_INET

        servidor = Servidor(donde, Atender)
        hilo = threading.Thread(target=servidor.serve_forever, args=(0.02,))
        hilo.daemon = True
        hilo.start()
        return servidor

    def _atender(self, enchufe: socket.socket) -> None:
        enchufe.settimeout(PACIENCIA)
        cabeza = b""
        while b"\r\n\r\n" not in cabeza:
            trozo = enchufe.recv(4096)
            if not trozo:
                return
            cabeza += trozo
        texto = cabeza.decode("latin-1")
        diana = self._todas.get(texto.split(" ")[1].split("?")[0])
        if diana is None:
            responde(404)(enchufe, Diana("", corta))
        else:
            diana.atender(enchufe, texto)

    def nueva(self, hacer: Hacer | None = None) -> Diana:
        """Un servicio nuevo; si no se dice otra cosa, contesta 200."""
        ruta = f"/{unico('diana')}"
        diana = Diana(f"http://127.0.0.1:{self.puerto}{ruta}", hacer or responde())
        self._todas[ruta] = diana
        return diana

    @staticmethod
    def cerrada() -> str:
        """Una URL en la que no escucha nadie."""
        return f"http://127.0.0.1:{puerto_libre()}/"

    def soltar(self) -> None:
        """Suelta a todos los que esperan."""
        for diana in self._todas.values():
            diana.suelta.set()

    def cerrar(self) -> None:
        """Deja de escuchar."""
        self.soltar()
        for servidor in (self._servidor, *self._otros):
            if servidor is not None:
                servidor.shutdown()
                servidor.server_close()
