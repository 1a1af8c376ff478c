"""De los bytes de una petición a una Peticion: aquí no hay sockets, solo reglas."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from servidor.mensajes import Cabeceras, ErrorHTTP

METODOS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_NOMBRE = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_LINEA = re.compile(rb"(%s) ([\x21\x22\x24-\x7e]+) HTTP/([0-9])\.([0-9])" % _NOMBRE)
_CABECERA = re.compile(rb"(%s):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)" % _NOMBRE)
_TROZO = re.compile(rb"([0-9A-Fa-f]+)[ \t]*(?:;[^\x00-\x08\x0a-\x1f\x7f]*)?")
_NUMERO = re.compile(r"[0-9]+")
_ABSOLUTA = re.compile(r"https?://[^/?#]+", re.IGNORECASE)
_ESCAPE_ROTO = re.compile(r"%(?![0-9A-Fa-f]{2})")
_DEMASIADAS_CIFRAS = 18


class PrimeraLinea(NamedTuple):
    """Lo que dice la primera línea de una petición."""

    metodo: str
    ruta: str
    consulta: str
    version: str


def primera_linea(linea: bytes) -> PrimeraLinea:
    """Separa y comprueba «GET /ruta?consulta HTTP/1.1»."""
    partes = _LINEA.fullmatch(linea)
    if not partes:
        raise ErrorHTTP(400, "primera línea mal formada")
    metodo, destino, mayor, menor = (parte.decode("ascii") for parte in partes.groups())
    if mayor != "1":
        raise ErrorHTTP(505, f"versión {mayor}.{menor}")
    if metodo not in METODOS:
        raise ErrorHTTP(501, f"método {metodo}")
    if absoluta := _ABSOLUTA.match(destino):
        destino = destino[absoluta.end() :]
        if not destino.startswith("/"):
            destino = f"/{destino}"
    if not destino.startswith("/"):
        raise ErrorHTTP(400, "el destino no empieza por /")
    ruta, _, consulta = destino.partition("?")
    segmentos(ruta)
    return PrimeraLinea(metodo, ruta, consulta, f"HTTP/1.{menor}")


def segmentos(ruta: str) -> list[str]:
    """Los trozos de una ruta, separados por «/» antes de descodificarlos.

    El orden importa: en «/hola/a%2Fb» hay dos trozos, y el segundo es «a/b».
    """
    if _ESCAPE_ROTO.search(ruta):
        raise ErrorHTTP(400, "% sin dos cifras hexadecimales detrás")
    try:
        trozos = [unquote_to_bytes(trozo).decode() for trozo in ruta[1:].split("/")]
    except UnicodeDecodeError:
        raise ErrorHTTP(400, "la ruta no es UTF-8") from None
    if "\0" in ruta or any("\0" in trozo for trozo in trozos):
        raise ErrorHTTP(400, "byte nulo en la ruta")
    return trozos


def cabecera(linea: bytes) -> tuple[str, str]:
    """Separa y comprueba «Nombre: valor»."""
    partes = _CABECERA.fullmatch(linea)
    if not partes:
        raise ErrorHTTP(400, "cabecera mal formada")
    nombre, valor = partes.groups()
    return nombre.decode("ascii"), valor.decode("latin-1").rstrip(" \t")


def comprobar_host(cabeceras: Cabeceras, version: str) -> None:
    """HTTP/1.1 pide una cabecera Host, y nunca puede haber más de una."""
    cuantas = len(cabeceras.todas("Host"))
    if cuantas > 1 or (cuantas == 0 and version != "HTTP/1.0"):
        raise ErrorHTTP(400, f"{cuantas} cabeceras Host")


def longitud_del_cuerpo(cabeceras: Cabeceras, version: str, maximo: int) -> int | None:
    """Cuántos bytes ocupa el cuerpo, o None si viene por trozos (chunked).

    Ante dos maneras de entender dónde acaba el cuerpo, se rechaza la petición: si
    otro programa la entendiera de la otra, lo que sobra pasaría por otra petición.
    """
    longitudes = cabeceras.todas("Content-Length")
    codificaciones = cabeceras.todas("Transfer-Encoding")
    if codificaciones:
        if longitudes or version == "HTTP/1.0":
            raise ErrorHTTP(400, "Transfer-Encoding donde no puede estar")
        if [valor.lower() for valor in codificaciones] != ["chunked"]:
            raise ErrorHTTP(501, "Transfer-Encoding distinto de chunked")
        return None
    if not longitudes:
        return 0
    if len(longitudes) > 1 or not _NUMERO.fullmatch(longitudes[0]):
        raise ErrorHTTP(400, "Content-Length repetido o que no es un número")
    if len(longitudes[0]) > _DEMASIADAS_CIFRAS or int(longitudes[0]) > maximo:
        raise ErrorHTTP(413, "cuerpo demasiado grande")
    return int(longitudes[0])


def tamano_del_trozo(linea: bytes) -> int:
    """El tamaño con que empieza un trozo: «1a;extensión=sin importancia»."""
    partes = _TROZO.fullmatch(linea)
    if not partes:
        raise ErrorHTTP(400, "tamaño de trozo mal formado")
    return int(partes[1], 16)


def persiste(cabeceras: Cabeceras, version: str) -> bool:
    """Si la conexión sigue abierta tras la respuesta."""
    opciones = [valor.strip().lower() for valor in _lista(cabeceras, "Connection")]
    if version == "HTTP/1.0":
        return "keep-alive" in opciones and "close" not in opciones
    return "close" not in opciones


def _lista(cabeceras: Cabeceras, nombre: str) -> list[str]:
    return cabeceras.get(nombre, "").split(",")
