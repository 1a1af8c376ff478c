"""Cómo se dicen los errores: siempre con la misma forma (RFC 9457). Ya está hecho."""

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException as ErrorHTTP

TIPO = "application/problem+json"
log = logging.getLogger(__name__)


class CampoMalo(BaseModel):
    """Un campo de la petición que no vale, y por qué."""

    campo: str
    mensaje: str


class Problema(BaseModel):
    """Lo que se contesta cuando algo no va bien."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errores: list[CampoMalo] | None = None


def documentar(*codigos: int) -> dict[int | str, dict[str, Any]]:
    """Para «responses» de una ruta: esos errores, con su forma."""
    return {
        codigo: {"model": Problema, "description": HTTPStatus(codigo).phrase}
        for codigo in codigos
    }


def no_existe(que: str) -> HTTPException:
    """El error de quien pide algo que no está o que no puede saber que está."""
    return HTTPException(404, f"No existe {que}.")


def responder(
    codigo: int,
    detalle: str,
    *,
    errores: list[CampoMalo] | None = None,
    cabeceras: dict[str, str] | None = None,
) -> JSONResponse:
    """La respuesta de un error."""
    problema = Problema(
        title=HTTPStatus(codigo).phrase, status=codigo, detail=detalle, errores=errores
    )
    return JSONResponse(
        problema.model_dump(exclude_none=True),
        codigo,
        headers=cabeceras,
        media_type=TIPO,
    )


async def error_http(_: Request, error: Exception) -> JSONResponse:
    """Los que lanzan las rutas, y los 404 y 405 de Starlette."""
    if not isinstance(error, ErrorHTTP):
        raise error
    cabeceras = dict(error.headers) if error.headers else None
    return responder(error.status_code, error.detail, cabeceras=cabeceras)


async def error_de_validacion(_: Request, error: Exception) -> JSONResponse:
    """422: qué campos fallan y por qué, sin repetir lo que traían.

    Un valor puede ser una contraseña, o un texto que ni siquiera cabe en UTF-8.
    """
    if not isinstance(error, RequestValidationError):
        raise error
    malos = [
        CampoMalo(campo=_campo(fallo["loc"]), mensaje=fallo["msg"])
        for fallo in error.errors()
    ]
    return responder(422, "La petición tiene datos que no valen.", errores=malos)


def _campo(lugar: tuple[int | str, ...]) -> str:
    """El nombre del campo, sin «body» delante, y solo con texto imprimible."""
    nombre = ".".join(str(parte) for parte in lugar[1:] or lugar)
    return nombre.encode("ascii", "replace").decode()[:100]


async def error_inesperado(_: Request, error: Exception) -> JSONResponse:
    """500: el detalle va al registro, no a quien preguntó."""
    log.error("Error sin tratar", exc_info=error)
    return responder(500, "Algo ha fallado en el servidor.")


def registrar(app: FastAPI) -> None:
    """Une cada clase de error con quien la contesta, y lo dice en la documentación."""
    app.add_exception_handler(ErrorHTTP, error_http)
    app.add_exception_handler(RequestValidationError, error_de_validacion)
    app.add_exception_handler(Exception, error_inesperado)
    original = app.openapi

    def openapi() -> dict[str, Any]:
        documento = original()
        for ruta in documento["paths"].values():
            for operacion in ruta.values():
                for codigo, respuesta in operacion["responses"].items():
                    contenido = respuesta.get("content", {})
                    if int(codigo) >= 400 and "application/json" in contenido:
                        contenido[TIPO] = contenido.pop("application/json")
        return documento

    app.openapi = openapi  # type: ignore[method-assign]
