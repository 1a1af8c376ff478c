# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""Un cliente HTTP que no perdona: manda los bytes que le digan y mira los que llegan.

http.client y curl arreglan o esconden muchas cosas; aquí no se esconde nada.
"""

from __future__ import annotations

import json
import re
import selectors
import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from motor.servicio import Servicio

__tracebackhide__ = True
"""En los fallos, pytest enseña la línea de la prueba y no las de este archivo."""
LINEA_DE_ESTADO = re.compile(rb"HTTP/1\.1 ([1-5][0-9]{2}) ([\t\x20-\x7e\x80-\xff]*)")
CABECERA = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)")


def legible(datos: bytes) -> str:
    """Lo que se enseña en los fallos: lo que no se ve, como \\r, \\x00 o \\xf1."""
    lineas = datos.decode("latin-1").split("\n")
    return "\n".join(repr(linea)[1:-1] for linea in lineas).replace("\\r\n", "\\r\\n\n")


@dataclass(frozen=True)
class Contestacion:
    """Una respuesta tal como llegó."""

    estado: int
    frase: str
    pares: tuple[tuple[str, str], ...]
    cuerpo: bytes
    pedido: str
    """Lo que se había pedido, para los mensajes de fallo."""

    def todas(self, nombre: str) -> list[str]:
        """Los valores de una cabecera, uno por cada vez que viene."""
        return [valor for n, valor in self.pares if n.lower() == nombre.lower()]

    def get(self, nombre: str) -> str | None:
        """El valor de una cabecera, o None si no viene."""
        valores = self.todas(nombre)
        assert len(valores) < 2, f"Se esperaba una sola cabecera {nombre}:\n{self}"
        return valores[0] if valores else None

    def __str__(self) -> str:
        """Lo que se enseña en los fallos."""
        lineas = [f"{nombre}: {valor}\n" for nombre, valor in self.pares]
        cabeceras = legible("".join(lineas).encode("latin-1"))
        resto = f" … ({len(self.cuerpo)} bytes)" if len(self.cuerpo) > 300 else ""
        return (
            f"--- petición ---\n{self.pedido}\n--- respuesta ---\n"
            f"{self.estado} {self.frase}\n{cabeceras}\n{self.cuerpo[:300]!r}{resto}"
        )


class Conexion:
    """Una conexión con el servidor, byte a byte."""

    def __init__(self, servicio: Servicio, *, bufer: int | None = None) -> None:
        """Conecta. `bufer` limita cuánto puede mandar el servidor sin que se lea."""
        self.servicio = servicio
        self.mandado = b""
        self._recibido = b""
        direccion = (servicio.host, servicio.puerto)
        self.enchufe = socket.socket()
        if bufer:
            self.enchufe.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, bufer)
        self.enchufe.settimeout(servicio.plazo)
        with servicio.vigilar(que="una conexión nueva"):
            self.enchufe.connect(direccion)
        self.enchufe.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Conexion:
        """Para cerrarla pase lo que pase."""
        return self

    def __exit__(
        self,
        tipo: type[BaseException] | None,
        error: BaseException | None,
        traza: TracebackType | None,
    ) -> None:
        """La cierra."""
        self.enchufe.close()

    def mandar(self, datos: bytes | str) -> Conexion:
        """Manda estos bytes, sin tocarlos."""
        datos = datos.encode() if isinstance(datos, str) else datos
        self.mandado += datos
        with self.servicio.vigilar(que=self.pedido):
            try:
                self.enchufe.sendall(datos)
            except ConnectionError:
                pass  # ya ha contestado y ha cerrado: se verá al leer
        return self

    def a_trocitos(self, datos: bytes, de: int = 1) -> Conexion:
        """Manda los bytes en pedacitos, cada uno en su paquete."""
        for lugar in range(0, len(datos), de):
            self.mandar(datos[lugar : lugar + de])
        return self

    def no_mandar_mas(self) -> Conexion:
        """Cierra la mitad de envío, como quien se va a medias."""
        with self.servicio.vigilar(que=self.pedido):
            self.enchufe.shutdown(socket.SHUT_WR)
        return self

    @property
    def pedido(self) -> str:
        """Lo mandado hasta ahora, legible: si es mucho, el principio y el final."""
        if len(self.mandado) <= 600:
            return legible(self.mandado)
        principio, final = self.mandado[:300], self.mandado[-300:]
        return f"{legible(principio)}… ({len(self.mandado)} bytes) …{legible(final)}"

    def respuesta(self, metodo: str = "GET") -> Contestacion:
        """La respuesta siguiente, entera. Tras HEAD no se espera cuerpo."""
        primera = self._linea()
        partes = LINEA_DE_ESTADO.fullmatch(primera)
        assert partes, (
            "Se esperaba una primera línea como «HTTP/1.1 200 OK», y llegó "
            f"{primera!r}, tras mandar:\n{self.pedido}"
        )
        estado = int(partes[1])
        pares = self._cabeceras()
        cuerpo = b""
        if metodo != "HEAD" and estado >= 200 and estado not in {204, 304}:
            cuerpo = self._cuerpo(pares)
        frase = partes[2].decode("latin-1")
        return Contestacion(estado, frase, tuple(pares), cuerpo, self.pedido)

    def cerrada(self, tras: object = "") -> None:
        """Falla si el servidor manda algo más o no cierra la conexión."""
        if not self._recibido:
            try:
                with self.servicio.vigilar(que=f"cerrar la conexión tras {tras}"):
                    self._recibido = self.enchufe.recv(4096)
            except AssertionError as error:
                if not isinstance(error.__cause__, ConnectionError):
                    raise
        assert not self._recibido, (
            "Se esperaba que el servidor cerrara la conexión sin mandar nada más, y "
            f"llegó {self._recibido[:200]!r}, tras mandar:\n{self.pedido}"
        )

    def leer(self, maximo: int) -> bytes:
        """Algunos bytes, tal cual, o b"" si ha cerrado."""
        if self._recibido:
            datos, self._recibido = self._recibido[:maximo], self._recibido[maximo:]
            return datos
        with self.servicio.vigilar(que=self.pedido):
            return self.enchufe.recv(maximo)

    def hasta_el_final(self) -> bytes:
        """Todo lo que llegue hasta que el servidor cierre; si no acaba, falla."""
        todo = b""
        fin = time.monotonic() + 5 * self.servicio.plazo
        while datos := self.leer(65_536):
            todo += datos
            assert time.monotonic() < fin, (
                "Se esperaba que el servidor cerrara la conexión, y no deja de mandar "
                f"({len(todo)} bytes; al final, {todo[-200:]!r}), tras mandar:\n"
                f"{self.pedido}"
            )
        return todo

    def exactos(self, cuantos: int) -> bytes:
        """Exactamente tantos bytes."""
        partes = []
        while cuantos > 0:
            datos = self.leer(min(cuantos, 262_144))
            assert datos, (
                f"Se esperaban {cuantos} bytes más, y el servidor cerró la conexión, "
                f"tras mandar:\n{self.pedido}"
            )
            cuantos -= len(datos)
            partes.append(datos)
        return b"".join(partes)

    def _linea(self) -> bytes:
        linea = b""
        while not linea.endswith(b"\n"):
            datos = self.leer(65_536)
            assert datos, (
                "Se esperaba una respuesta, y el servidor cerró la conexión "
                f"{'a mitad de ella' if linea else 'sin contestar'} "
                f"({linea[:100]!r}), tras mandar:\n{self.pedido}"
            )
            fin = datos.find(b"\n") + 1 or len(datos)
            linea += datos[:fin]
            self._recibido = datos[fin:] + self._recibido
        assert linea.endswith(b"\r\n") and b"\r" not in linea[:-2], (
            f"Se esperaba que cada línea acabara en CRLF, y llegó {linea[:200]!r}, "
            f"tras mandar:\n{self.pedido}"
        )
        return linea[:-2]

    def _cabeceras(self) -> list[tuple[str, str]]:
        pares = []
        while linea := self._linea():
            partes = CABECERA.fullmatch(linea)
            assert partes, (
                f"Se esperaba una cabecera «Nombre: valor», y llegó {linea[:200]!r}, "
                f"tras mandar:\n{self.pedido}"
            )
            nombre, valor = (parte.decode("latin-1") for parte in partes.groups())
            pares.append((nombre, valor.rstrip(" \t")))
        return pares

    def _tamano(self) -> int:
        linea = self._linea()
        partes = re.fullmatch(rb"([0-9A-Fa-f]{1,8})(;.*)?", linea)
        assert partes, (
            f"Se esperaba el tamaño de un trozo, y llegó {linea[:100]!r}, tras "
            f"mandar:\n{self.pedido}"
        )
        return int(partes[1], 16)

    def _cuerpo(self, pares: Iterable[tuple[str, str]]) -> bytes:
        campos: dict[str, list[str]] = {}
        for nombre, valor in pares:
            campos.setdefault(nombre.lower(), []).append(valor)
        if campos.get("transfer-encoding") == ["chunked"]:
            cuerpo = b""
            while tamano := self._tamano():
                cuerpo += self.exactos(tamano)
                assert self.exactos(2) == b"\r\n", "Un trozo no acaba en CRLF"
            self._cabeceras()
            return cuerpo
        longitudes = campos.get("content-length", [])
        assert len(longitudes) == 1 and re.fullmatch("[0-9]+", longitudes[0]), (
            "Se esperaba un Content-Length que diga cuánto ocupa el cuerpo, y llegó "
            f"{longitudes}, tras mandar:\n{self.pedido}"
        )
        return self.exactos(int(longitudes[0]))


def peticion(
    metodo: str,
    destino: str,
    cuerpo: bytes | None = None,
    cabeceras: Iterable[str] = (),
    version: str = "1.1",
) -> bytes:
    """Los bytes de una petición bien hecha; con `cuerpo`, lleva Content-Length."""
    lineas = [f"{metodo} {destino} HTTP/{version}", "Host: prueba.example", *cabeceras]
    if cuerpo is not None:
        lineas.append(f"Content-Length: {len(cuerpo)}")
    return "\r\n".join([*lineas, "", ""]).encode("latin-1") + (cuerpo or b"")


def pedir(
    servicio: Servicio,
    metodo: str,
    destino: str,
    cuerpo: bytes | None = None,
    cabeceras: Iterable[str] = (),
) -> Contestacion:
    """Una petición bien hecha en una conexión nueva, y su respuesta."""
    with Conexion(servicio) as conexion:
        conexion.mandar(peticion(metodo, destino, cuerpo, cabeceras))
        return conexion.respuesta(metodo)


def bien(respuesta: Contestacion, cuerpo: bytes | str | None = None) -> Contestacion:
    """Comprueba que es un 200, y su cuerpo si se dice."""
    return con_estado(respuesta, {200}, cuerpo)


def con_estado(
    respuesta: Contestacion,
    estados: set[int],
    cuerpo: bytes | str | None = None,
    porque: str = "",
) -> Contestacion:
    """Comprueba que el estado es uno de estos, y el cuerpo si se dice."""
    cuales = " o ".join(map(str, sorted(estados)))
    assert respuesta.estado in estados, (
        f"Se esperaba el estado {cuales}{f' ({porque})' if porque else ''}, y llegó "
        f"{respuesta.estado}:\n{respuesta}"
    )
    if cuerpo is not None:
        esperado = cuerpo.encode() if isinstance(cuerpo, str) else cuerpo
        assert respuesta.cuerpo == esperado, (
            f"Se esperaba el cuerpo {esperado[:300]!r} ({len(esperado)} bytes), y "
            f"llegó otro de {len(respuesta.cuerpo)} bytes:\n{respuesta}"
        )
    return respuesta


def espejo(respuesta: Contestacion) -> dict[str, Any]:
    """Lo que /espejo dice que le ha llegado."""
    bien(respuesta)
    try:
        visto: dict[str, Any] = json.loads(respuesta.cuerpo)
        return {**visto}
    except (ValueError, TypeError):
        raise AssertionError(
            f"Se esperaba un objeto JSON de /espejo:\n{respuesta}"
        ) from None


def sigue_vivo(servicio: Servicio) -> None:
    """Comprueba que el servidor sigue atendiendo como siempre."""
    bien(pedir(servicio, "GET", "/saludo"), "Hola, mundo\n")


def con_algo_que_leer(conexiones: Iterable[Conexion], espera: float) -> list[Conexion]:
    """Las conexiones en que ha llegado algo (o el final), tras esperar un poco."""
    with selectors.DefaultSelector() as selector:
        for conexion in conexiones:
            selector.register(conexion.enchufe, selectors.EVENT_READ, conexion)
        return [clave.data for clave, _ in selector.select(espera)]


def hasta_que(condicion: Callable[[], object], que: str, plazo: float) -> None:
    """Espera a que se cumpla la condición, mirando a menudo; si no, falla."""
    final = time.monotonic() + plazo
    while not condicion():
        assert time.monotonic() < final, f"Se esperaba {que}, y tras {plazo:g} s no."
        time.sleep(0.01)
