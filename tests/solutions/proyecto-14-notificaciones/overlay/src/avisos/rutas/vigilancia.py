"""Lo que pregunta quien vigila: salud, proveedores (R4) y métricas (R5)."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis.exceptions import RedisError

from avisos.deps import AlmacenApp, CircuitoApp, MetricasApp
from avisos.esquemas import Canal, Circuito, Salud

rutas = APIRouter(tags=["vigilancia"])


@rutas.get("/salud", summary="¿Está vivo el servicio?")
async def ver_salud(almacen: AlmacenApp) -> Salud:
    """Contesta 200 si Redis contesta, y 503 si no."""
    await almacen.redis.ping()
    return Salud(estado="bien")


@rutas.get("/proveedores", summary="Cómo está el circuito de cada proveedor")
async def ver_proveedores(circuito: CircuitoApp) -> dict[Canal, Circuito]:
    """Cerrado, abierto o semiabierto."""
    return {
        canal: Circuito.model_validate({"circuito": await circuito.estado(canal.value)})
        for canal in Canal
    }


@rutas.get("/metrics", summary="Las métricas de este proceso", include_in_schema=False)
async def ver_metricas(
    metricas: MetricasApp, almacen: AlmacenApp, circuito: CircuitoApp
) -> Response:
    """Para Prometheus. Sin Redis faltan las que salen de él, y las demás están."""
    metricas.abierto.clear()
    try:
        metricas.en_cola.set(await almacen.en_cola())
        for canal in Canal:
            abierto = await circuito.estado(canal.value) != "cerrado"
            metricas.abierto.labels(canal.value).set(abierto)
    except RedisError:
        metricas.en_cola.set(float("nan"))
    return Response(generate_latest(metricas.registro), media_type=CONTENT_TYPE_LATEST)
