"""Las dependencias que piden las rutas, con un nombre corto para cada una.

Una ruta dice lo que necesita en su firma y FastAPI se lo da:

    async def ver_salud(redis: RedisApp) -> Salud: ...
"""

from typing import Annotated

from fastapi import Depends, Request
from redis.asyncio import Redis

from avisos.ajustes import Ajustes


async def _ajustes(request: Request) -> Ajustes:
    ajustes: Ajustes = request.app.state.ajustes
    return ajustes


async def _redis(request: Request) -> Redis:
    redis: Redis = request.app.state.redis
    return redis


AjustesApp = Annotated[Ajustes, Depends(_ajustes)]
RedisApp = Annotated[Redis, Depends(_redis)]
