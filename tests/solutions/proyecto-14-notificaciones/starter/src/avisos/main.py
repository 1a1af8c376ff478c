"""La fábrica de la aplicación.

En desarrollo:

    uv run uvicorn avisos.main:crear_app --factory --reload
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from avisos import almacen, rutas
from avisos.ajustes import Ajustes


def crear_app(ajustes: Ajustes | None = None) -> FastAPI:
    """Crea una aplicación con esos ajustes; sin ellos, con los del entorno.

    Todo lo que una aplicación guarda está en ella (app.state) y no en variables
    globales: dos pueden convivir en el mismo proceso sin mezclarse.
    """
    ajustes = ajustes or Ajustes()
    redis = almacen.abrir(ajustes)

    @asynccontextmanager
    async def vida(_: FastAPI) -> AsyncIterator[None]:
        yield
        await redis.aclose()

    app = FastAPI(
        title="Microservicio de Notificaciones",
        version="0.1.0",
        lifespan=vida,
        # Por hacer (R6): FastAPI sabe hacer el span de cada petición; dile aquí a qué
        # TracerProvider (telemetry={"tracer_provider": …}), que es de trazas.py.
    )
    app.state.ajustes = ajustes
    app.state.redis = redis
    # Por hacer (R1): registra aquí los manejadores de errores.py.
    # Por hacer (R5): y el middleware de metricas.py.
    for router in rutas.TODAS:
        app.include_router(router)
    return app
