"""Las plantillas guardadas: de cada una, la lista de sus versiones."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from redis.asyncio import Redis


class Catalogo:
    """Una lista de Redis por plantilla: la versión n es la que está en el lugar n."""

    def __init__(self, redis: Redis) -> None:
        """Sin efectos."""
        self._redis = redis

    async def guardar(self, nombre: str, datos: dict[str, Any]) -> int:
        """Una versión nueva, y su número: añadir a una lista es atómico."""
        return int(await self._redis.rpush(f"plantilla:{nombre}", json.dumps(datos)))

    async def leer(
        self, nombre: str, version: int | None = None
    ) -> tuple[int, dict[str, Any]] | None:
        """Una versión (la última, si no se dice) y su número; None si no la hay."""
        clave = f"plantilla:{nombre}"
        if version is None:
            version = int(await self._redis.llen(clave))
        guardada = await self._redis.lindex(clave, version - 1) if version else None
        return (version, json.loads(guardada)) if guardada else None
