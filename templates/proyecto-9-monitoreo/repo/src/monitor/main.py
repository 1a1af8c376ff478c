"""La fábrica de la aplicación.

En desarrollo:

    uv run uvicorn monitor.main:crear_app --factory --reload
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from monitor import errores, rutas
from monitor.ajustes import Ajustes
from monitor.bd import abrir
from monitor.reloj import Reloj


def crear_app(ajustes: Ajustes | None = None) -> FastAPI:
    """Crea una aplicación con esos ajustes; sin ellos, con los del entorno.

    Todo lo que una aplicación guarda está en ella (app.state) y no en variables
    globales: dos pueden convivir en el mismo proceso sin mezclarse.

    Por hacer (R5): monta aquí /graphql. Por hacer (R6): que /docs no pida nada a otros
    servidores (mira fastapi_offline).
    """
    ajustes = ajustes or Ajustes()
    motor = abrir(ajustes.database_url)

    @asynccontextmanager
    async def vida(_: FastAPI) -> AsyncIterator[None]:
        yield
        motor.dispose()

    app = FastAPI(title="API de Monitoreo", version="0.1.0", lifespan=vida)
    app.state.ajustes = ajustes
    app.state.motor = motor
    app.state.reloj = Reloj(ajustes.reloj)
    errores.registrar(app)
    for router in rutas.TODAS:
        app.include_router(router)
    return app
