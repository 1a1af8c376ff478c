# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""Una API de verdad, en este ordenador, que se puede estropear a voluntad."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

CLAVE = "clave-muy-secreta-1234"


@dataclass(frozen=True)
class Peticion:
    """Lo que llegó a la API."""

    metodo: str
    ruta: str
    parametros: dict[str, str]
    pares: list[tuple[str, str]]
    """Los parámetros, con los que se repiten."""
    cabeceras: Mapping[str, str]
    cuerpo: bytes


@dataclass(frozen=True)
class Contestacion:
    """Lo que la API contesta."""

    datos: Any = None
    estado: int = 200
    cabeceras: Mapping[str, str] = field(default_factory=dict)
    crudo: bytes | None = None
    cortada: bool = False
    """Promete más bytes de los que manda, y cuelga."""


Respondedor = Callable[[Peticion], Contestacion]


class Api(ThreadingHTTPServer):
    """El servidor: contesta lo que diga `respondedor` y apunta lo que llega."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        """Empieza a escuchar en un puerto libre."""
        super().__init__(("127.0.0.1", 0), _Manejador)
        self.peticiones: list[Peticion] = []
        self.responde: Respondedor = lambda _: Contestacion({"bien": True})
        self.cerrojo = threading.Lock()
        threading.Thread(target=self.serve_forever, args=(0.005,), daemon=True).start()

    @property
    def url(self) -> str:
        """La dirección de la API."""
        return f"http://127.0.0.1:{self.server_port}"

    def rutas(self) -> list[str]:
        """Las rutas que se han pedido, en orden."""
        return [peticion.ruta for peticion in self.peticiones]

    def en_serie(self, *contestaciones: Contestacion) -> None:
        """Contesta una cosa cada vez; la última se repite."""
        quedan = list(contestaciones)

        def responde(_: Peticion) -> Contestacion:
            with self.cerrojo:
                return quedan.pop(0) if len(quedan) > 1 else quedan[0]

        self.responde = responde

    def otra_vez(self, responde: Respondedor | None = None) -> None:
        """Olvida lo que ha llegado y, si se dice, cambia lo que contesta."""
        self.peticiones.clear()
        if responde is not None:
            self.responde = responde

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Un cliente que cuelga no es un problema de la API."""


class _Manejador(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Api

    def _atender(self) -> None:
        partes = urlsplit(self.path)
        pares = parse_qsl(partes.query, True)
        largo = int(self.headers.get("Content-Length") or 0)
        peticion = Peticion(
            self.command,
            partes.path,
            dict(pares),
            pares,
            {k.lower(): v for k, v in self.headers.items()},
            self.rfile.read(largo),
        )
        with self.server.cerrojo:
            self.server.peticiones.append(peticion)
        hecha = self.server.responde(peticion)
        cuerpo = hecha.crudo
        if cuerpo is None:
            cuerpo = json.dumps(hecha.datos).encode()
        if hecha.estado == 304 or self.command == "HEAD":
            cuerpo = b""
        self.send_response_only(hecha.estado)  # sin Date: la hora es la de Reloj
        for nombre, valor in hecha.cabeceras.items():
            self.send_header(nombre, valor)
        self.send_header("Content-Length", str(len(cuerpo) + 10 * hecha.cortada))
        self.end_headers()
        self.wfile.write(cuerpo)
        self.close_connection = hecha.cortada

    do_GET = do_HEAD = do_OPTIONS = do_POST = _atender  # noqa: N815
    do_PUT = do_PATCH = do_DELETE = _atender  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        """En silencio."""


class Reloj:
    """Un reloj que solo avanza cuando se le dice, o cuando el cliente «duerme»."""

    def __init__(self) -> None:
        """Empieza en 2033: quien mire la hora de verdad, se nota."""
        self.ahora = 2_000_000_000.0
        self.siestas: list[float] = []

    def __call__(self) -> float:
        """La hora, en segundos."""
        return self.ahora

    def dormir(self, segundos: float) -> None:
        """Apunta la espera y adelanta el reloj."""
        self.siestas.append(segundos)
        self.ahora += segundos
