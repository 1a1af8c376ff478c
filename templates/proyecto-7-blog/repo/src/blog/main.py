"""La fábrica de la aplicación.

En desarrollo:

    uv run uvicorn blog.main:crear_app --factory --reload
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from blog import rutas
from blog.ajustes import Ajustes
from blog.bd import abrir


def crear_app(ajustes: Ajustes | None = None) -> FastAPI:
    """Crea una aplicación con esos ajustes; sin ellos, con los del entorno.

    Todo lo que una aplicación guarda está en ella (app.state) y no en variables
    globales: dos pueden convivir en el mismo proceso sin mezclarse.
    """
    ajustes = ajustes or Ajustes()
    motor = abrir(ajustes.database_url)

    @asynccontextmanager
    async def vida(_: FastAPI) -> AsyncIterator[None]:
        # Por hacer (R3): si los ajustes traen ADMIN_USER y ADMIN_PASSWORD, y no hay
        # nadie con ese nombre, créalo aquí con rol admin.
        yield
        motor.dispose()

    app = FastAPI(title="API de Blog", version="0.1.0", lifespan=vida)
    app.state.ajustes = ajustes
    app.state.motor = motor
    # Por hacer (R1): registra aquí los manejadores de errores.py.
    for router in rutas.TODAS:
        app.include_router(router)
    return app
