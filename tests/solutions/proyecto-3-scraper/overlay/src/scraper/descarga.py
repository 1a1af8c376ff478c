"""Trae páginas por HTTP: el único módulo que abre conexiones."""

import logging
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException, HTTPMessage
from http.cookiejar import CookieJar
from typing import IO, Protocol
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import (
    BaseHandler,
    HTTPCookieProcessor,
    HTTPRedirectHandler,
    Request,
    build_opener,
)

from scraper.analisis import descodificar, normalizar, origen
from scraper.errores import HayQueVolver, PaginaFallida
from scraper.modelo import Opciones, Pagina
from scraper.ritmo import AGENTE, Ritmo, Robots, segundos_de_retry_after

SON_HTML = ("text/html", "application/xhtml+xml")
PASAJEROS = (429, 503)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Respuesta:
    """Lo que contestó el servidor, tras las redirecciones."""

    url: str
    cabeceras: Message
    cuerpo: bytes

    def pagina(self) -> Pagina | None:
        """La página, o None si no es HTML."""
        if self.cabeceras.get_content_type() not in SON_HTML:
            return None
        codificacion = self.cabeceras.get_content_charset()
        return Pagina(self.url, descodificar(self.cuerpo, codificacion))


class Permiso(Protocol):
    """Decide si una dirección se puede pedir: si no, lanza PaginaFallida."""

    def __call__(self, url: str) -> None:
        """Comprueba `url`."""


class Guardia(BaseHandler):
    """Ve salir cada petición, también las redirecciones: da permiso y marca el paso."""

    def __init__(self, permiso: Permiso, ritmo: Ritmo) -> None:
        """Pregunta a `permiso` y espera con `ritmo`."""
        self.permiso = permiso
        self.ritmo = ritmo

    def http_request(self, peticion: Request) -> Request:
        """urllib llama aquí antes de cada petición."""
        self.permiso(peticion.full_url)
        self.ritmo.esperar(origen(peticion.full_url))
        return peticion

    https_request = http_request


class Redirecciones(HTTPRedirectHandler):
    """Como las de urllib, pero con las direcciones bien escritas."""

    def redirect_request(
        self,
        req: Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> Request | None:
        """La petición que sigue a una redirección."""
        destino = normalizar(req.full_url, newurl)
        if destino is None:
            raise PaginaFallida(f"redirige a una dirección imposible: {newurl}")
        return super().redirect_request(req, fp, code, msg, headers, destino)


class Descargador:
    """Pide direcciones de un solo sitio, con paciencia y buenos modales."""

    def __init__(self, inicio: str, opciones: Opciones, cookies: CookieJar) -> None:
        """No pide nada todavía: `leer_robots` hace la primera petición."""
        self.inicio = inicio
        self.opciones = opciones
        self.ritmo = Ritmo(opciones.intervalo)
        self.robots = Robots("")
        self.abridor = build_opener(
            HTTPCookieProcessor(cookies),
            Guardia(self.comprobar, self.ritmo),
            Redirecciones(),
        )
        self.abridor.addheaders = [("User-Agent", AGENTE)]

    def comprobar(self, url: str) -> None:
        """Lanza PaginaFallida si esa dirección no se debe pedir."""
        if origen(url) != origen(self.inicio):
            raise PaginaFallida(f"{url} está en otro servidor")
        if not self.robots.permite(url):
            raise PaginaFallida(f"robots.txt no permite {url}")

    def leer_robots(self) -> None:
        """Aplica el robots.txt del sitio; si da un error del servidor, PaginaFallida.

        Que no exista (4xx) significa que todo está permitido.
        """
        try:
            respuesta = self.pedir(urljoin(self.inicio, "/robots.txt"))
        except PaginaFallida as error:
            causa = error.__cause__
            if isinstance(causa, HTTPError) and 400 <= causa.code < 500:
                return
            raise
        self.robots = Robots(respuesta.cuerpo.decode("utf-8", errors="replace"))
        pausa = self.robots.pausa()
        if pausa > self.opciones.espera_maxima:
            raise PaginaFallida(f"robots.txt pide {pausa:g} s entre peticiones")
        self.ritmo.intervalo = max(self.ritmo.intervalo, pausa)
        self.ritmo.aplazar(origen(self.inicio), pausa)

    def pedir(self, url: str, campos: dict[str, str] | None = None) -> Respuesta:
        """Trae una dirección (POST si hay campos), y reintenta si está ocupada."""
        datos = urlencode(campos).encode() if campos is not None else None
        intento = 0
        while True:
            try:
                with self.abridor.open(
                    Request(url, data=datos), timeout=self.opciones.tiempo_limite
                ) as respuesta:
                    return Respuesta(
                        respuesta.geturl(), respuesta.headers, respuesta.read()
                    )
            except HTTPError as error:
                error.close()
                intento += 1
                if error.code not in PASAJEROS or intento > self.opciones.reintentos:
                    raise PaginaFallida(f"HTTP {error.code}") from error
                self.aplazar(url, error, intento)
            except (OSError, HTTPException, ValueError) as error:
                raise PaginaFallida(str(error) or type(error).__name__) from error

    def aplazar(self, url: str, error: HTTPError, intento: int) -> None:
        """Lo que pida Retry-After; si no dice nada, el intervalo doblado cada vez."""
        espera = segundos_de_retry_after(error.headers.get("Retry-After"))
        if espera is None:
            espera = self.ritmo.intervalo * 2**intento
        if espera > self.opciones.espera_maxima:
            raise HayQueVolver(f"el servidor pide volver dentro de {espera:.0f} s")
        log.info("%s: HTTP %s, se espera %.1f s", url, error.code, espera)
        self.ritmo.aplazar(origen(url), espera)
