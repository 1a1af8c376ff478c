"""La fábrica de la aplicación.

En desarrollo:

    uv run uvicorn tienda.main:crear_app --factory --reload
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tienda import errores, rutas
from tienda.ajustes import Ajustes
from tienda.bd import abrir
from tienda.modelos import Rol, Usuario
from tienda.reloj import Reloj
from tienda.seguridad import cifrar


def crear_app(ajustes: Ajustes | None = None) -> FastAPI:
    """Crea una aplicación con esos ajustes; sin ellos, con los del entorno.

    Todo lo que una aplicación guarda está en ella (app.state) y no en variables
    globales: dos pueden convivir en el mismo proceso sin mezclarse.
    """
    ajustes = ajustes or Ajustes()
    motor = abrir(ajustes.database_url)

    @asynccontextmanager
    async def vida(_: FastAPI) -> AsyncIterator[None]:
        crear_admin(motor, ajustes)
        yield
        motor.dispose()

    app = FastAPI(title="E-commerce API", version="0.1.0", lifespan=vida)
    app.state.ajustes = ajustes
    app.state.motor = motor
    app.state.reloj = Reloj(ajustes.reloj)
    errores.registrar(app)
    for router in rutas.TODAS:
        app.include_router(router)
    return app


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
