"""Las tres formas de repartir una lista en páginas, detrás de un solo recorrido."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx2

from cliente.errores import RespuestaInvalida
from cliente.respuesta import Respuesta

Pedir = Callable[[str, Mapping[str, Any]], Respuesta]


def recorrer(
    pedir: Pedir, ruta: str, parametros: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Da los elementos de todas las páginas, y pide cada una cuando hace falta.

    Un elemento que aparece en dos páginas (porque la lista cambió por el camino) se da
    una sola vez.
    """
    vistos: set[Any] = set()
    hechas: set[str] = set()
    direccion, con = ruta, dict(parametros)
    while True:
        marca = f"{direccion} {sorted(con.items())}"
        if marca in hechas:
            raise RespuestaInvalida(f"las páginas de {ruta} dan vueltas")
        hechas.add(marca)
        respuesta = pedir(direccion, con)
        for elemento in _elementos(respuesta):
            if elemento["id"] not in vistos:
                vistos.add(elemento["id"])
                yield elemento
        siguiente = _siguiente(respuesta, ruta, con)
        if siguiente is None:
            return
        direccion, con = siguiente


def mismo_servidor(una: httpx2.URL, otra: httpx2.URL) -> bool:
    """El mismo esquema, el mismo nombre y el mismo puerto."""
    return una.origin == otra.origin


def _elementos(respuesta: Respuesta) -> list[dict[str, Any]]:
    datos = respuesta.datos
    elementos = datos.get("elementos") if isinstance(datos, dict) else datos
    if not isinstance(elementos, list) or not all(
        isinstance(elemento, dict) and type(elemento.get("id")) in (int, float, str)
        for elemento in elementos
    ):
        raise RespuestaInvalida(
            f"{respuesta.url} no es una lista de elementos con «id»"
        )
    return elementos


def _siguiente(
    respuesta: Respuesta, ruta: str, con: Mapping[str, Any]
) -> tuple[str, dict[str, Any]] | None:
    """La dirección y los parámetros de la página siguiente; None si era la última."""
    datos = respuesta.datos
    if isinstance(datos, list):
        return _por_enlace(respuesta)
    if "siguiente" in datos:
        return _por_cursor(respuesta, ruta, con)
    if "pagina" in datos or "paginas" in datos:
        return _por_numero(respuesta, ruta, con)
    return None


def _por_enlace(respuesta: Respuesta) -> tuple[str, dict[str, Any]] | None:
    enlace = respuesta.enlaces.get("next")
    if enlace is None:
        return None
    esta = httpx2.URL(respuesta.url)
    url = esta.join(enlace)
    if not mismo_servidor(url, esta):
        raise RespuestaInvalida(f"la siguiente de {esta} está en otro servidor")
    return str(url), {}


def _por_cursor(
    respuesta: Respuesta, ruta: str, con: Mapping[str, Any]
) -> tuple[str, dict[str, Any]] | None:
    cursor = respuesta.datos["siguiente"]
    if cursor is None:
        return None
    if not isinstance(cursor, str) or not cursor:
        raise RespuestaInvalida(f"el «siguiente» de {respuesta.url} no se entiende")
    return ruta, {**con, "cursor": cursor}


def _por_numero(
    respuesta: Respuesta, ruta: str, con: Mapping[str, Any]
) -> tuple[str, dict[str, Any]] | None:
    pagina, paginas = (respuesta.datos.get(x) for x in ("pagina", "paginas"))
    if type(pagina) is not int or type(paginas) is not int:
        raise RespuestaInvalida(f"la «pagina» de {respuesta.url} no se entiende")
    return (ruta, {**con, "pagina": pagina + 1}) if pagina < paginas else None
