"""Las tres formas de repartir una lista en páginas, detrás de un solo recorrido.

Las tres acaban en lo mismo: unos elementos y la dirección de la página siguiente.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx2

from cliente.errores import RespuestaInvalida
from cliente.respuesta import Respuesta

Elemento = dict[str, Any]

_ENLACE = re.compile(r"<([^>]*)>")
_PARAMETRO = re.compile(
    r"\s*;\s*(?P<nombre>[!#$%&'*+.^_`|~0-9A-Za-z-]+)"
    r"(?:\s*=\s*(?:\"(?P<entre>(?:[^\"\\]|\\.)*)\"|(?P<suelto>[^\s;,\"]*)))?"
)


def recorrer(
    pedir: Callable[[httpx2.URL], Respuesta], inicio: Callable[[], httpx2.URL]
) -> Iterator[Elemento]:
    """Da los elementos de todas las páginas, sin repetir ninguno.

    Cada página se pide cuando se acaban los elementos de la anterior.
    """
    direccion = primera = inicio()
    pedidas: set[str] = set()
    dados: set[str] = set()
    while True:
        pedidas.add(str(direccion))
        respuesta = pedir(direccion)
        elementos, siguiente = _entender(respuesta, primera)
        for elemento in elementos:
            identidad = json.dumps(elemento["id"], sort_keys=True)
            if identidad not in dados:
                dados.add(identidad)
                yield elemento
        if siguiente is None:
            return
        if siguiente.origin != primera.origin:
            raise RespuestaInvalida(
                f"la página siguiente está en otro servidor: {siguiente}"
            )
        if str(siguiente) in pedidas:
            raise RespuestaInvalida(f"las páginas dan vueltas: otra vez {siguiente}")
        direccion = siguiente


def _entender(
    respuesta: Respuesta, primera: httpx2.URL
) -> tuple[list[Elemento], httpx2.URL | None]:
    """Los elementos de una página, y dónde está la siguiente."""
    datos = respuesta.datos
    if isinstance(datos, list):
        return _elementos(datos, respuesta), _por_enlace(respuesta)
    if not isinstance(datos, dict):
        raise RespuestaInvalida(f"{respuesta.url} no es una lista de elementos")
    elementos = _elementos(datos.get("elementos"), respuesta)
    if "siguiente" in datos:
        cursor = datos["siguiente"]
        if cursor is None:
            return elementos, None
        if not isinstance(cursor, str) or not cursor:
            raise RespuestaInvalida(f"el cursor de {respuesta.url} no se entiende")
        return elementos, primera.copy_merge_params({"cursor": cursor})
    if "pagina" in datos or "paginas" in datos:
        pagina, paginas = datos.get("pagina"), datos.get("paginas")
        if type(pagina) is not int or type(paginas) is not int:
            raise RespuestaInvalida(f"el número de {respuesta.url} no se entiende")
        if pagina >= paginas:
            return elementos, None
        return elementos, primera.copy_merge_params({"pagina": pagina + 1})
    return elementos, None


def _elementos(datos: Any, respuesta: Respuesta) -> list[Elemento]:
    if not isinstance(datos, list):
        raise RespuestaInvalida(f"{respuesta.url} no es una lista de elementos")
    for elemento in datos:
        if not isinstance(elemento, dict):
            raise RespuestaInvalida(f"{respuesta.url} tiene algo que no es un objeto")
        if type(elemento.get("id")) not in (int, float, str):  # true no es un número
            raise RespuestaInvalida(f"{respuesta.url} tiene un elemento sin id")
    return datos


def _por_enlace(respuesta: Respuesta) -> httpx2.URL | None:
    destino = siguiente_en_link(respuesta.cabeceras.get("link", ""))
    if destino is None:
        return None
    try:
        direccion = httpx2.URL(respuesta.url).join(destino)
    except httpx2.InvalidURL:
        direccion = httpx2.URL("")
    if direccion.is_relative_url:
        raise RespuestaInvalida(f"el enlace de {respuesta.url} no es una dirección")
    return direccion


def siguiente_en_link(cabecera: str) -> str | None:
    """La dirección del enlace con rel="next" de una cabecera Link (RFC 8288)."""
    desde = 0
    while enlace := _ENLACE.search(cabecera, desde):
        desde = enlace.end()
        parametros: dict[str, str] = {}
        while parametro := _PARAMETRO.match(cabecera, desde):
            desde = parametro.end()
            valor = parametro["suelto"] or ""
            if parametro["entre"] is not None:
                valor = re.sub(r"\\(.)", r"\1", parametro["entre"])
            # Si un parámetro se repite, cuenta el primero.
            parametros.setdefault(parametro["nombre"].lower(), valor)
        # Con «anchor» el enlace habla de otra página, no de esta.
        if "anchor" not in parametros:
            if "next" in parametros.get("rel", "").lower().split():
                return enlace[1].strip()
    return None
