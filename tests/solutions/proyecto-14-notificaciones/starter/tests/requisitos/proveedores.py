# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""Los de fuera, de mentira y en sockets de verdad: SMTP, SMS, push y el recolector.

Lo que contestan se decide antes, mensaje a mensaje: ``preparar(para, …)`` son las
respuestas a los próximos intentos de quien tenga ese destino (después, todo bien), y
``con siempre(…)`` lo que contesta a todos mientras dura el bloque.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)


@dataclass(frozen=True)
class Contesta:
    """Qué hace un proveedor con un intento."""

    codigo: int = 0
    """Un código de error; cero es que lo acepta."""
    cabeceras: dict[str, str] = field(default_factory=dict)
    tarda: float = 0.0
    """Segundos que tarda en contestar, después de decidir qué hace."""
    goteo: bool = False
    """Contesta byte a byte, sin acabar nunca."""
    corta: bool = False
    """Cuelga sin contestar."""
    cuelga_luego: bool = False
    """Contesta, y cuelga sin despedirse (solo SMTP)."""
    antes: Callable[[Any], object] | None = None
    """Se llama con la llamada antes de contestarla."""


BIEN = Contesta()


class Guion:
    """Lo que hay que contestar a cada destino, y lo que ha llegado."""

    def __init__(self) -> None:
        """Todo bien, y nada todavía."""
        self._cerrojo = threading.Lock()
        self._guiones: dict[str, list[Contesta]] = {}
        self._siempre: Contesta | None = None
        self._llamadas: list[Any] = []
        self.a_la_vez = 0
        """Cuántas llamadas se están atendiendo ahora."""

    def preparar(self, para: str, *respuestas: Contesta) -> None:
        """Los próximos intentos de ese destino se contestan así, por orden."""
        with self._cerrojo:
            self._guiones[para] = list(respuestas)

    @contextmanager
    def siempre(self, respuesta: Contesta) -> Iterator[None]:
        """Mientras dura, a todos se les contesta eso."""
        self._siempre = respuesta
        try:
            yield
        finally:
            self._siempre = None

    def apuntar(self, para: str, llamada: Any) -> Contesta:
        """Ha llegado una llamada: qué se contesta."""
        with self._cerrojo:
            self._llamadas.append(llamada)
            guion = self._guiones.get(para)
            if guion:
                return guion.pop(0)
            return self._siempre or BIEN

    def llamadas(self, para: str | None = None) -> list[Any]:
        """Las que han llegado, para ese destino o para todos."""
        with self._cerrojo:
            return [una for una in self._llamadas if para in (None, una.para)]

    def olvidar(self) -> None:
        """Como recién puesto en marcha."""
        with self._cerrojo:
            self._guiones, self._llamadas, self._siempre = {}, [], None


class ServidorHttp(ThreadingHTTPServer):
    """Escucha en un hilo; cada conexión tiene el suyo."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, puerto: int, manejador: type[BaseHTTPRequestHandler]) -> None:
        """Ya escucha."""
        super().__init__(("127.0.0.1", puerto), manejador)
        self._abiertas: set[socket.socket] = set()
        self._hilo = threading.Thread(target=self._atender, daemon=True)
        self._hilo.start()

    def _atender(self) -> None:
        self.serve_forever(poll_interval=0.02)

    def get_request(self) -> tuple[socket.socket, Any]:
        """Una conexión nueva, que se apunta para poder cortarla."""
        conexion, de_quien = super().get_request()
        self._abiertas.add(conexion)
        return conexion, de_quien

    def shutdown_request(self, request: Any) -> None:
        """Una conexión que se acaba."""
        self._abiertas.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Quien llama puede colgar cuando quiera."""

    def cerrar(self) -> None:
        """Deja de escuchar, y corta lo que hubiera abierto."""
        self.shutdown()
        self.server_close()
        for conexion in list(self._abiertas):
            with suppress(OSError):
                conexion.shutdown(socket.SHUT_RDWR)


@dataclass(frozen=True)
class LlamadaHttp:
    """Una petición a una pasarela."""

    para: str
    datos: dict[str, Any]
    cabeceras: dict[str, str]
    """Con los nombres en minúsculas."""

    @property
    def clave(self) -> str:
        """Su Idempotency-Key."""
        return self.cabeceras.get("idempotency-key", "")


class Pasarela(Guion):
    """Un proveedor de SMS o de push; a una clave repetida contesta sin entregar."""

    def __init__(self, puerto: int, clave: str) -> None:
        """Ya escucha; la clave es la que espera en Authorization."""
        super().__init__()
        self._autorizacion = f"Bearer {clave}"
        self._claves: set[str] = set()
        self._entregas: list[LlamadaHttp] = []
        pasarela = self

        class Manejador(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                cuerpo = self.rfile.read(int(self.headers.get("content-length", 0)))
                cabeceras = {k.lower(): v for k, v in self.headers.items()}
                pasarela.atender(self, cabeceras, cuerpo)

            def log_message(self, *_: Any) -> None:
                pass

        self._http = ServidorHttp(puerto, Manejador)
        self.url = f"http://127.0.0.1:{puerto}"

    def atender(
        self, peticion: BaseHTTPRequestHandler, cabeceras: dict[str, str], cuerpo: bytes
    ) -> None:
        """Decide, entrega si toca, y contesta."""
        try:
            datos = json.loads(cuerpo)
        except ValueError:
            datos = {}
        llamada = LlamadaHttp(str(datos.get("para")), datos, cabeceras)
        como = self.apuntar(llamada.para, llamada)
        with self._cerrojo:
            self.a_la_vez += 1
        try:
            self._contestar(peticion, llamada, como)
        finally:
            with self._cerrojo:
                self.a_la_vez -= 1

    def _contestar(
        self, peticion: BaseHTTPRequestHandler, llamada: LlamadaHttp, como: Contesta
    ) -> None:
        codigo = como.codigo or self._aceptar(peticion, llamada)
        if como.antes is not None:
            como.antes(llamada)
        if como.corta:
            peticion.close_connection = True
            return
        threading.Event().wait(como.tarda)
        # Un proveedor que repite en sus errores lo que se le mandó, como hacen tantos.
        error = {"error": f"no se puede con {llamada.datos}"}
        salida = json.dumps(
            {"id": f"p-{llamada.clave}"} if codigo < 300 else error
        ).encode()
        peticion.send_response(codigo)
        for nombre, valor in como.cabeceras.items():
            peticion.send_header(nombre, valor)
        peticion.send_header("Content-Length", str(len(salida)))
        peticion.end_headers()
        if not como.goteo:
            peticion.wfile.write(salida)
            return
        with suppress(OSError):
            for byte in salida * 50:
                peticion.wfile.write(bytes([byte]))
                peticion.wfile.flush()
                threading.Event().wait(0.15)

    def _aceptar(self, peticion: BaseHTTPRequestHandler, llamada: LlamadaHttp) -> int:
        if peticion.path != "/mensajes":
            return 404
        if llamada.cabeceras.get("authorization") != self._autorizacion:
            return 401
        with self._cerrojo:
            if llamada.clave not in self._claves or not llamada.clave:
                self._entregas.append(llamada)
                self._claves.add(llamada.clave)
        return 202

    def entregas(self, para: str | None = None) -> list[LlamadaHttp]:
        """Lo que le ha llegado de verdad a cada persona."""
        with self._cerrojo:
            return [una for una in self._entregas if para in (None, una.para)]

    def vaciar(self) -> None:
        """Olvida lo que le han pedido."""
        self.olvidar()
        with self._cerrojo:
            self._entregas, self._claves = [], set()

    def cerrar(self) -> None:
        """Deja de escuchar."""
        self._http.cerrar()


@dataclass(frozen=True)
class Correo:
    """Un correo, o un intento de mandarlo."""

    para: str
    destinatarios: tuple[str, ...]
    """A quiénes se dijo en RCPT."""
    bruto: bytes = b""

    @property
    def mensaje(self) -> EmailMessage:
        """Tal como lo leería un programa de correo."""
        leido = message_from_bytes(self.bruto, policy=policy.default)
        assert isinstance(leido, EmailMessage)
        return leido

    def parte(self, tipo: str) -> str:
        """El texto de su parte «plain» o «html», o nada."""
        parte = self.mensaje.get_body((tipo,))
        if parte is None:
            return ""
        # Al ir por la red, un salto de línea es CRLF, y siempre acaba en uno.
        return str(parte.get_content()).replace("\r\n", "\n").removesuffix("\n")


class Buzon(Guion):
    """Un servidor SMTP."""

    def __init__(self, puerto: int) -> None:
        """Ya escucha."""
        super().__init__()
        self._entregas: list[Correo] = []
        self._control = Controller(self, hostname="127.0.0.1", port=puerto)
        self._control.start()
        self.url = f"smtp://127.0.0.1:{puerto}"

    async def handle_RCPT(  # noqa: N802 - así lo llama la biblioteca
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        rcpt_options: list[str],
    ) -> str:
        """Un destinatario: aquí se dicen los rechazos."""
        del session, rcpt_options
        como = self.apuntar(address, Correo(address, (address,)))
        if como.codigo:
            return f"{como.codigo} <{address}> no se puede ahora"
        if como.corta:
            server.transport.abort()
            return "421 adiós"
        envelope.rcpt_tos.append(address)
        setattr(envelope, "como", como)  # noqa: B010 - la clase no lo conoce
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - así lo llama la biblioteca
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """El mensaje entero."""
        del session
        como: Contesta = getattr(envelope, "como", BIEN)
        if como.antes is not None:
            await asyncio.to_thread(como.antes, envelope)
        contenido = envelope.content
        bruto = contenido if isinstance(contenido, bytes) else str(contenido).encode()
        destinatarios = tuple(envelope.rcpt_tos)
        with self._cerrojo:
            self._entregas += [
                Correo(uno, destinatarios, bruto) for uno in destinatarios
            ]
        await asyncio.sleep(como.tarda)
        if como.cuelga_luego:
            asyncio.get_running_loop().call_later(0.005, server.transport.close)
        return "250 OK"

    def entregas(self, para: str | None = None) -> list[Correo]:
        """Los correos que han llegado a ese buzón, o a todos."""
        with self._cerrojo:
            return [uno for uno in self._entregas if para in (None, uno.para)]

    def vaciar(self) -> None:
        """Olvida lo que le han pedido."""
        self.olvidar()
        with self._cerrojo:
            self._entregas = []

    def cerrar(self) -> None:
        """Deja de escuchar."""
        self._control.stop(no_assert=True)


@dataclass(frozen=True)
class Span:
    """Un span, tal como llegó al recolector."""

    traza: str
    id: str
    padre: str
    nombre: str
    clase: int
    """2 es servidor, 3 cliente, 4 productor y 5 consumidor."""
    error: bool
    eventos: tuple[str, ...]
    servicio: str


class Recolector:
    """Recibe lo que se exporta por OTLP sobre HTTP."""

    def __init__(self, puerto: int) -> None:
        """Ya escucha."""
        self._cerrojo = threading.Lock()
        self._spans: list[Span] = []
        self._bruto: list[bytes] = []
        self.colgado = threading.Event()
        """Mientras esté puesto, acepta y no contesta."""
        recolector = self

        class Manejador(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                cuerpo = self.rfile.read(int(self.headers.get("content-length", 0)))
                if self.headers.get("content-encoding") == "gzip":
                    cuerpo = gzip.decompress(cuerpo)
                while recolector.colgado.is_set():
                    threading.Event().wait(0.05)
                recolector.recibir(self.path, cuerpo)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._http = ServidorHttp(puerto, Manejador)
        self.url = f"http://127.0.0.1:{puerto}"

    def recibir(self, ruta: str, cuerpo: bytes) -> None:
        """Guarda los spans, y de todo lo demás, los bytes."""
        spans = _leer_spans(cuerpo) if ruta == "/v1/traces" else []
        with self._cerrojo:
            self._bruto.append(cuerpo)
            self._spans += spans

    def spans(self, traza: str) -> list[Span]:
        """Los de una traza."""
        with self._cerrojo:
            return [uno for uno in self._spans if uno.traza == traza]

    def bruto(self) -> bytes:
        """Todo lo que ha llegado, tal cual."""
        with self._cerrojo:
            return b"\n".join(self._bruto)

    def vaciar(self) -> None:
        """Olvida lo que ha llegado."""
        with self._cerrojo:
            self._spans, self._bruto = [], []

    def cerrar(self) -> None:
        """Deja de escuchar."""
        self.colgado.clear()
        self._http.cerrar()


def _leer_spans(cuerpo: bytes) -> list[Span]:
    peticion = ExportTraceServiceRequest.FromString(cuerpo)
    encontrados = []
    for recurso in peticion.resource_spans:
        atributos = {a.key: a.value.string_value for a in recurso.resource.attributes}
        encontrados += [
            Span(
                traza=span.trace_id.hex(),
                id=span.span_id.hex(),
                padre=span.parent_span_id.hex(),
                nombre=span.name,
                clase=span.kind,
                error=span.status.code == 2,
                eventos=tuple(evento.name for evento in span.events),
                servicio=atributos.get("service.name", ""),
            )
            for ambito in recurso.scope_spans
            for span in ambito.spans
        ]
    return encontrados
