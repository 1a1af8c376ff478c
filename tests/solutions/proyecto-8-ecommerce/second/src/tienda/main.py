"""La fábrica de la aplicación.

En desarrollo:

    uv run uvicorn tienda.main:crear_app --factory --reload
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tienda import errores, rutas
from tienda.ajustes import Ajustes
from tienda.bd import abrir
from tienda.cache import Cache
from tienda.catalogo import AhoraNo, NoEsta
from tienda.modelos import Rol, Usuario
from tienda.pagos import Cajero, FirmaMala, NoCobra, NoContesta
from tienda.pedidos import CursorMalo, NoPuede, OtroTotal
from tienda.reloj import Reloj
from tienda.seguridad import cifrar


def crear_app(ajustes: Ajustes | None = None) -> FastAPI:
    """Crea una aplicación con esos ajustes; sin ellos, con los del entorno.

    Todo lo que una aplicación guarda está en ella (app.state) y no en variables
    globales: dos pueden convivir en el mismo proceso sin mezclarse.
    """
    ajustes = ajustes or Ajustes()
    motor = abrir(ajustes.database_url)
    cache = Cache(ajustes.redis_url, ajustes.cache_seconds)

    @asynccontextmanager
    async def vida(_: FastAPI) -> AsyncIterator[None]:
        crear_admin(motor, ajustes)
        cache.arrancar()
        yield
        cache.parar()
        motor.dispose()

    app = FastAPI(title="E-commerce API", version="0.1.0", lifespan=vida)
    app.state.ajustes = ajustes
    app.state.motor = motor
    app.state.reloj = Reloj(ajustes.reloj)
    app.state.cache = cache
    app.state.cajero = Cajero(ajustes)
    errores.registrar(app)
    for clase, codigo in CODIGOS.items():
        app.add_exception_handler(clase, contestar(codigo))
    for router in rutas.TODAS:
        app.include_router(router)
    return app


CODIGOS: dict[type[Exception], int] = {
    FirmaMala: 400,
    NoCobra: 402,
    NoPuede: 403,
    NoEsta: 404,
    AhoraNo: 409,
    OtroTotal: 422,
    CursorMalo: 422,
    NoContesta: 503,
}
"""Cómo se dice en HTTP cada cosa que puede ir mal."""


def contestar(codigo: int) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Quien contesta una de esas excepciones, con su porqué si lo dice."""

    async def responder(_: Request, error: Exception) -> Response:
        detalle = str(error) or (type(error).__doc__ or "")
        return errores.responder(codigo, detalle)

    return responder


def crear_admin(motor: Engine, ajustes: Ajustes) -> None:
    """El primer admin, si los ajustes lo piden y no hay nadie con su nombre."""
    if not ajustes.admin_user or ajustes.admin_password is None:
        return
    with Session(motor) as bd:
        if bd.scalar(select(Usuario).filter_by(nombre=ajustes.admin_user)):
            return
        clave = cifrar(ajustes.admin_password.get_secret_value(), ajustes)
        bd.add(Usuario(nombre=ajustes.admin_user, clave=clave, rol=Rol.ADMIN))
        try:
            bd.commit()
        except IntegrityError:
            bd.rollback()  # otro proceso arrancó a la vez y llegó antes
