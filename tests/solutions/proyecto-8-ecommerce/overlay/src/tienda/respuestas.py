"""Las respuestas que pueden salir de la caché."""

from collections.abc import Callable

from fastapi import Response

from tienda.cache import Cache


def clave_de(slug: str) -> str:
    """La clave con la que se guarda un producto en la caché."""
    return f"producto:{slug}"


def de_la_cache(cache: Cache, clave: str, calcular: Callable[[], str]) -> Response:
    """Una respuesta JSON que dice en X-Cache si salió de la caché."""
    texto, acierto = cache.obtener(clave, calcular)
    cabeceras = {"X-Cache": "HIT" if acierto else "MISS"}
    return Response(texto, media_type="application/json", headers=cabeceras)
