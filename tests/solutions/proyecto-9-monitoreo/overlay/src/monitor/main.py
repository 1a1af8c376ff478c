"""La fábrica de la aplicación.

En desarrollo:

    uv run uvicorn monitor.main:crear_app --factory --reload
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from monitor import documentacion, errores, rutas
from monitor.ajustes import Ajustes
from monitor.bd import abrir
from monitor.eventos import Noticias
from monitor.grafo import crear_rutas
from monitor.reloj import Reloj
from monitor.vigilancia import Vigilante


def crear_app(ajustes: Ajustes | None = None) -> FastAPI:
    """Crea una aplicación con esos ajustes; sin ellos, con los del entorno.

    Todo lo que una aplicación guarda está en ella (app.state) y no en variables
    globales: dos pueden convivir en el mismo proceso sin mezclarse.
    """
    ajustes = ajustes or Ajustes()
    motor = abrir(ajustes.database_url)
    reloj = Reloj(ajustes.reloj)

    @asynccontextmanager
    async def vida(_: FastAPI) -> AsyncIterator[None]:
        yield
        motor.dispose()

    app = FastAPIOffline(
        title="API de Monitoreo",
        version="0.1.0",
        summary="Comprueba otros servicios, los mide y avisa cuando algo va mal.",
        redoc_url=None,
        lifespan=vida,
    )
    app.state.motor = motor
    app.state.reloj = reloj
    app.state.vigilante = Vigilante(motor, reloj, ajustes.destinos_permitidos)
    app.state.noticias = Noticias(motor)
    errores.registrar(app)
    documentacion.completar(app)
    for router in rutas.TODAS:
        app.include_router(router)
    app.include_router(crear_rutas(motor, reloj), prefix="/graphql")
    return app
