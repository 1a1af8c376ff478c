"""Cómo se dicen los errores: siempre application/problem+json (RFC 9457)."""

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from redis.exceptions import RedisError
from starlette.exceptions import HTTPException

REGISTRO = logging.getLogger("avisos")


class Problema(HTTPException):
    """Un error que se cuenta a quien llama; si hace falta, campo a campo."""

    def __init__(
        self,
        codigo: int,
        detalle: str,
        errores: dict[str, str] | None = None,
        cabeceras: dict[str, str] | None = None,
    ) -> None:
        """``errores`` dice de cada campo qué le pasa, sin repetir lo que traía."""
        super().__init__(codigo, detalle, cabeceras)
        self.errores = errores


def respuesta(
    codigo: int,
    detalle: str,
    errores: dict[str, str] | None = None,
    cabeceras: dict[str, str] | None = None,
) -> JSONResponse:
    """Un error con la forma de todos."""
    cuerpo: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(codigo).phrase,
        "status": codigo,
        "detail": detalle,
    }
    if errores is not None:
        cuerpo["errores"] = [
            {"campo": campo, "mensaje": mensaje} for campo, mensaje in errores.items()
        ]
    return JSONResponse(
        cuerpo, codigo, cabeceras, media_type="application/problem+json"
    )


async def de_http(_: Request, error: Exception) -> JSONResponse:
    """Los que lanzan las rutas, y los 404 y 405 que nadie ha escrito."""
    assert isinstance(error, HTTPException)  # noqa: S101 - así se registra
    errores = error.errores if isinstance(error, Problema) else None
    cabeceras = dict(error.headers) if error.headers else None
    return respuesta(error.status_code, str(error.detail), errores, cabeceras)


async def de_validacion(_: Request, error: Exception) -> JSONResponse:
    """Los datos que no valen: qué campo y por qué, y nunca lo que traía."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - así se registra
    errores = {
        ".".join(str(paso) for paso in uno["loc"][1:]) or "cuerpo": str(uno["msg"])
        for uno in error.errors()
    }
    return respuesta(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "La petición tiene datos que no valen.",
        errores,
    )


async def sin_redis(_: Request, error: Exception) -> JSONResponse:
    """Sin Redis no se puede prometer nada: que lo intenten más tarde."""
    REGISTRO.warning("redis no contesta: %s", type(error).__name__)
    return respuesta(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Ahora mismo no se puede atender. Inténtalo dentro de un momento.",
        cabeceras={"Retry-After": "1"},
    )


async def inesperado(_: Request, error: Exception) -> JSONResponse:
    """Un fallo nuestro: se apunta, y no se enseña."""
    REGISTRO.error("error inesperado: %s", type(error).__name__)
    return respuesta(HTTPStatus.INTERNAL_SERVER_ERROR, "Ha fallado el servicio.")


def registrar(app: FastAPI) -> None:
    """Pone estos manejadores en una aplicación."""
    app.add_exception_handler(HTTPException, de_http)
    app.add_exception_handler(RequestValidationError, de_validacion)
    app.add_exception_handler(RedisError, sin_redis)
    app.add_exception_handler(Exception, inesperado)
