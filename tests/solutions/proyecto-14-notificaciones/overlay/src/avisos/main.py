"""La fábrica de la aplicación.

En desarrollo:

    uv run uvicorn avisos.main:crear_app --factory --reload
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from avisos import almacen, errores, registro, rutas, trazas
from avisos.ajustes import Ajustes
from avisos.catalogo import Catalogo
from avisos.circuito import Circuito
from avisos.metricas import MedirPeticiones, MetricasWeb


def crear_app(ajustes: Ajustes | None = None) -> FastAPI:
    """Crea una aplicación con esos ajustes; sin ellos, con los del entorno.

    Todo lo que una aplicación guarda está en ella (app.state) y no en variables
    globales: dos pueden convivir en el mismo proceso sin mezclarse.
    """
    ajustes = ajustes or Ajustes()
    registro.preparar()
    redis = almacen.abrir(ajustes)
    proveedor = trazas.abrir()

    @asynccontextmanager
    async def vida(_: FastAPI) -> AsyncIterator[None]:
        yield
        await redis.aclose()
        trazas.cerrar(proveedor)

    app = FastAPI(
        title="Microservicio de Notificaciones",
        version="0.1.0",
        lifespan=vida,
        # FastAPI hace el span de cada petición; adónde van los spans, en trazas.py.
        telemetry={
            "tracer_provider": proveedor,
            "operation_spans": False,
            "metrics": False,
            "logs": False,
            "auto_configure": False,
        },
    )
    app.state.ajustes = ajustes
    app.state.almacen = almacen.Almacen(redis, ajustes)
    app.state.catalogo = Catalogo(redis)
    app.state.circuito = Circuito(app.state.almacen, ajustes)
    app.state.metricas = MetricasWeb()
    app.add_middleware(MedirPeticiones, metricas=app.state.metricas)
    errores.registrar(app)
    for router in rutas.TODAS:
        app.include_router(router)
    return app
