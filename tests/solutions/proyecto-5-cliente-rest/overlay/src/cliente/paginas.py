"""Las tres formas de repartir una lista en páginas, detrás de un solo recorrido."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urljoin

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
        for elemento in _elementos(respuesta, ruta):
            if elemento["id"] not in vistos:
                vistos.add(elemento["id"])
                yield elemento
        siguiente = _siguiente(respuesta, ruta, con)
        if siguiente is None:
            return
        direccion, con = siguiente


def _elementos(respuesta: Respuesta, ruta: str) -> list[dict[str, Any]]:
    datos = respuesta.datos
    elementos = datos.get("elementos") if isinstance(datos, dict) else datos
    if not isinstance(elementos, list) or not all(
        isinstance(elemento, dict) and "id" in elemento for elemento in elementos
    ):
        raise RespuestaInvalida(f"{ruta} no es una lista de elementos con «id»")
    return elementos


def _siguiente(
    respuesta: Respuesta, ruta: str, con: Mapping[str, Any]
) -> tuple[str, dict[str, Any]] | None:
    """La dirección y los parámetros de la página siguiente; None si era la última."""
    enlace = respuesta.enlaces.get("next")
    if enlace:
        url = httpx2.URL(urljoin(respuesta.url, enlace))
        propia = httpx2.URL(respuesta.url)
        if (url.scheme, url.host, url.port) != (
            propia.scheme,
            propia.host,
            propia.port,
        ):
            raise RespuestaInvalida(f"la página siguiente de {ruta} está en otro sitio")
        return str(url), {}
    if not isinstance(respuesta.datos, dict):
        return None
    if cursor := respuesta.datos.get("siguiente"):
        return ruta, {**con, "cursor": cursor}
    pagina, paginas = (respuesta.datos.get(x) for x in ("pagina", "paginas"))
    if isinstance(pagina, int) and isinstance(paginas, int) and pagina < paginas:
        return ruta, {**con, "pagina": pagina + 1}
    return None
