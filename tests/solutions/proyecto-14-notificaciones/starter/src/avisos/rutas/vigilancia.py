"""Lo que pregunta quien vigila: salud, proveedores (R4) y métricas (R5)."""

from fastapi import APIRouter, HTTPException, status
from redis.exceptions import RedisError

from avisos.deps import RedisApp
from avisos.errores import PorHacerError
from avisos.esquemas import Salud

rutas = APIRouter(tags=["vigilancia"])


@rutas.get("/salud", summary="¿Está vivo el servicio?")
async def ver_salud(redis: RedisApp) -> Salud:
    """Contesta 200 si Redis contesta, y 503 si no.

    Por hacer (R1): que el 503 tenga la forma de todos los errores.
    """
    try:
        await redis.ping()
    except RedisError:
        raise HTTPException(
            status.HTTP_503_SERVICE_UNAVAILABLE, "Redis no contesta."
        ) from None
    return Salud(estado="bien")


@rutas.get("/proveedores", summary="Cómo está el circuito de cada proveedor")
async def ver_proveedores() -> None:
    """R4: cerrado, abierto o semiabierto."""
    raise PorHacerError("R4", "mirar los circuitos")


@rutas.get("/metrics", summary="Las métricas de este proceso", include_in_schema=False)
async def ver_metricas() -> None:
    """R5: en el formato de Prometheus."""
    raise PorHacerError("R5", "las métricas")
