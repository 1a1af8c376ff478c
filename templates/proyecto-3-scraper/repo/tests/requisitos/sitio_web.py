# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""Un sitio web de verdad, en este mismo equipo, que apunta todo lo que le piden."""

from __future__ import annotations

import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any

HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Peticion:
    """Lo que llegó, y cuándo: `momento` es del reloj que solo avanza."""

    metodo: str
    ruta: str
    cabeceras: Message
    cuerpo: bytes
    momento: float


@dataclass(frozen=True)
class Respuesta:
    """Lo que se contesta."""

    cuerpo: bytes = b""
    estado: int = 200
    tipo: str | None = HTML
    cabeceras: Mapping[str, str] = field(default_factory=dict)
    cortada: bool = False
    """Anuncia más bytes de los que envía, como una conexión que se cae."""


Pagina = str | bytes | Respuesta | Callable[[Peticion], "str | bytes | Respuesta"]


class SitioWeb:
    """Un servidor en un puerto libre de 127.0.0.1.

    `paginas` dice qué hay en cada ruta, con su consulta si la tiene; lo demás es un
    404. El valor puede ser HTML, una Respuesta, o una función que recibe la petición.
    """

    def __init__(
        self, paginas: Mapping[str, Pagina] | None = None, puerto: int = 0
    ) -> None:
        """Ya escucha al volver; con `puerto` 0, en el que elija el sistema."""
        self.paginas: dict[str, Pagina] = dict(paginas or {})
        self.peticiones: list[Peticion] = []
        self.cerrado = threading.Event()
        self._servidor = _Servidor(self, puerto)
        threading.Thread(
            target=self._servidor.serve_forever, args=(0.05,), daemon=True
        ).start()

    @property
    def puerto(self) -> int:
        """El puerto en que escucha."""
        return int(self._servidor.server_address[1])

    def url(self, ruta: str) -> str:
        """La dirección completa de una ruta."""
        return f"http://127.0.0.1:{self.puerto}{ruta}"

    def pedidas(self, metodo: str = "GET") -> list[str]:
        """Las rutas que le han pedido, en orden, sin contar robots.txt."""
        return [
            peticion.ruta
            for peticion in self.peticiones
            if peticion.metodo == metodo and peticion.ruta != "/robots.txt"
        ]

    def momentos(self, ruta: str) -> list[float]:
        """Cuándo llegó cada petición a esa ruta."""
        return [p.momento for p in self.peticiones if p.ruta == ruta]

    def responde(self, peticion: Peticion) -> Respuesta:
        """Busca la página y la convierte en respuesta."""
        pagina = self.paginas.get(peticion.ruta)
        if pagina is None:
            return Respuesta(b"<h1>No existe</h1>", 404)
        contenido = pagina(peticion) if callable(pagina) else pagina
        if isinstance(contenido, str):
            contenido = contenido.encode()
        return contenido if isinstance(contenido, Respuesta) else Respuesta(contenido)

    def cerrar(self) -> None:
        """Deja de escuchar y suelta las peticiones retenidas."""
        self.cerrado.set()
        self._servidor.shutdown()
        self._servidor.server_close()


class _Servidor(ThreadingHTTPServer):
    """Apunta la hora en cuanto acepta una conexión."""

    request_queue_size = 64
    block_on_close = False

    def __init__(self, sitio: SitioWeb, puerto: int) -> None:
        """Escucha en ese puerto."""
        self.sitio = sitio
        self.llegadas: dict[Any, float] = {}
        super().__init__(("127.0.0.1", puerto), _Manejador)

    def server_bind(self) -> None:
        """Como el de siempre, pero sin preguntar al DNS cómo se llama este equipo."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def get_request(self) -> Any:
        """Acepta una conexión."""
        enchufe, direccion = super().get_request()
        self.llegadas[direccion] = time.monotonic() - en_cola(enchufe)
        return enchufe, direccion

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Que el cliente se vaya a medias no es un error de este servidor."""


def en_cola(enchufe: socket.socket) -> float:
    """Los segundos que una conexión llevaba ahí cuando se ha aceptado.

    Si tu equipo va muy cargado, este servidor puede tardar en verla: Linux apunta en
    TCP_INFO cuándo llegó de verdad (tcpi_last_data_recv, en milésimas).
    """
    if sys.platform != "linux":
        return 0.0
    datos = enchufe.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 56)
    return float(struct.unpack_from("=I", datos, 52)[0]) / 1000


class _Manejador(BaseHTTPRequestHandler):
    """Pasa cada petición al sitio."""

    server: _Servidor
    timeout = 60

    def atender(self) -> None:
        """Apunta la petición y escribe la respuesta."""
        largo = int(self.headers.get("Content-Length") or 0)
        peticion = Peticion(
            self.command,
            self.path,
            self.headers,
            self.rfile.read(largo),
            self.server.llegadas.pop(self.client_address),
        )
        self.server.sitio.peticiones.append(peticion)
        respuesta = self.server.sitio.responde(peticion)
        if respuesta.estado == 0:  # se cuelga el teléfono sin decir nada
            return
        self.send_response(respuesta.estado)
        if respuesta.tipo:
            self.send_header("Content-Type", respuesta.tipo)
        for nombre, valor in respuesta.cabeceras.items():
            self.send_header(nombre, valor)
        anunciado = len(respuesta.cuerpo) + (1000 if respuesta.cortada else 0)
        self.send_header("Content-Length", str(anunciado))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(respuesta.cuerpo)

    do_GET = do_POST = do_HEAD = atender

    def log_message(self, *_: object) -> None:
        """En silencio: lo que llega ya queda apuntado."""


def libro(codigo: str, titulo: str = "Sin más", precio: str = "10,00 €") -> str:
    """Un libro, como los escribe la librería del README."""
    return (
        f'<article class="libro" data-codigo="{escape(codigo)}">'
        f'<h2 class="titulo">{escape(titulo)}</h2>'
        f'<p class="precio">{escape(precio)}</p></article>'
    )


def enlace(destino: str, texto: str = "ver") -> str:
    """Un enlace."""
    return f'<a href="{escape(destino)}">{escape(texto)}</a>'


def pagina(*trozos: str, cabeza: str = "") -> str:
    """Un documento HTML completo."""
    return (
        f"<!DOCTYPE html><html><head><title>Libros</title>{cabeza}</head>"
        f"<body>{''.join(trozos)}</body></html>"
    )


def redireccion(destino: str, estado: int = 302) -> Respuesta:
    """Manda a otra dirección."""
    return Respuesta(b"", estado, None, {"Location": destino})
