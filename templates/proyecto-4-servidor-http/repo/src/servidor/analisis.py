"""De los bytes de una petición a una Peticion: aquí no hay sockets, solo reglas.

Por eso es lo más fácil de probar: dale una línea y mira qué devuelve.
"""

from __future__ import annotations

from typing import NamedTuple

from servidor.mensajes import Cabeceras

METODOS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class PrimeraLinea(NamedTuple):
    """Lo que dice la primera línea de una petición."""

    metodo: str
    ruta: str
    consulta: str
    version: str


def primera_linea(linea: bytes) -> PrimeraLinea:
    """Separa y comprueba «GET /ruta?consulta HTTP/1.1».

    R4: lo que no tenga exactamente esa forma es un ErrorHTTP (400, 501 o 505). Una
    expresión regular con fullmatch lo dice mejor que muchos split.
    """
    raise NotImplementedError("R1 · la primera línea")


def cabecera(linea: bytes) -> tuple[str, str]:
    """Separa y comprueba «Nombre: valor».

    R4: RFC 9110, apartado 5, dice qué caracteres valen en el nombre y en el valor.
    """
    raise NotImplementedError("R1 · una cabecera")


def longitud_del_cuerpo(cabeceras: Cabeceras, maximo: int) -> int | None:
    """Cuántos bytes ocupa el cuerpo, o None si viene por trozos (chunked).

    R1: si hay dos maneras de entender dónde acaba, se rechaza. Y ojo: a int() le
    gustan "+5", " 5 " y "1_000", y a HTTP no.
    """
    raise NotImplementedError("R1 · cuánto ocupa el cuerpo")
