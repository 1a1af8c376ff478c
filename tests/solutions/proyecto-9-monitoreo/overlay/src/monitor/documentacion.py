"""La documentación: los errores de cada ruta, y la página que los enseña."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI

from monitor.errores import TIPO, Problema


def errores(*codigos: int) -> dict[int | str, dict[str, Any]]:
    """Para «responses» de una ruta: esos errores, con su forma."""
    return {
        codigo: {"model": Problema, "description": HTTPStatus(codigo).phrase}
        for codigo in codigos
    }


def completar(app: FastAPI) -> None:
    """Que los errores se documenten con su tipo, que no es el de la ruta."""
    app.openapi_version = "3.2.0"  # la primera que sabe describir un flujo de eventos
    original = app.openapi

    def openapi() -> dict[str, Any]:
        documento = original()
        for ruta in documento["paths"].values():
            for operacion in ruta.values():
                for codigo, respuesta in operacion["responses"].items():
                    contenido = respuesta.get("content", {})
                    if int(codigo) >= 400 and contenido:
                        respuesta["content"] = {TIPO: next(iter(contenido.values()))}
        return documento

    app.openapi = openapi  # type: ignore[method-assign]
