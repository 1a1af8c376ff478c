"""Lo que se guarda en Redis: los avisos, y la cola de los que hay que enviar.

La cola es un conjunto ordenado por la hora a la que le toca a cada uno. Quien coge uno
no lo quita: le pone otra hora, la de «si no vuelvo, que lo coja otro». Todo lo que
tiene que pasar a la vez es un guion de Lua, que Redis ejecuta sin que nadie se meta.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

if TYPE_CHECKING:
    from collections.abc import Sequence

    from avisos.ajustes import Ajustes

COLA = "cola"
DIA = 24 * 3600
MES = 30 * DIA

HORA = """
local function hora()
  local puesta = KEYS[1] ~= '' and redis.call('GET', KEYS[1])
  if puesta then return tonumber(puesta) end
  local t = redis.call('TIME')
  return tonumber(t[1]) + tonumber(t[2]) / 1000000
end
local ahora = hora()
"""
"""La hora de todos los procesos: la de Redis, o la que diga la clave de las pruebas."""


def con_hora(guion: str) -> str:
    """Ese guion, con ``ahora`` puesto: la clave del reloj es KEYS[1]."""
    return HORA + guion


ACEPTAR = con_hora("""
local id, huella = ARGV[1], ARGV[2]
local limite, ventana = tonumber(ARGV[3]), tonumber(ARGV[4])
if huella ~= '' then
  local antes = redis.call('HMGET', KEYS[5], 'huella', 'id')
  if antes[1] == huella then return {'repetido', antes[2]} end
  if antes[1] then return {'otra', ''} end
end
if limite > 0 then
  redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', ahora - ventana)
  local hay = redis.call('ZCARD', KEYS[4])
  if hay >= limite then
    local cual = hay - limite
    local sitio = redis.call('ZRANGE', KEYS[4], cual, cual, 'WITHSCORES')
    return {'limite', tostring(sitio[2] + ventana - ahora)}
  end
  redis.call('ZADD', KEYS[4], ahora, id)
  redis.call('PEXPIRE', KEYS[4], math.ceil(ventana * 1000))
end
redis.call('HSET', KEYS[2], 'peticion', ARGV[5], 'canales', ARGV[6], 'traza', ARGV[7],
           'estado', 'en_cola', 'canal', 0, 'intento', 0)
redis.call('EXPIRE', KEYS[2], ARGV[8])
redis.call('ZADD', KEYS[3], ahora, id)
if huella ~= '' then
  redis.call('HSET', KEYS[5], 'huella', huella, 'id', id)
  redis.call('EXPIRE', KEYS[5], ARGV[9])
end
return {'nuevo', id}
""")

COGER = con_hora("""
local ids = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ahora, 'LIMIT', 0, ARGV[1])
local vuelve = ahora + tonumber(ARGV[2])
for _, id in ipairs(ids) do redis.call('ZADD', KEYS[2], vuelve, id) end
return ids
""")

CONCLUIR = con_hora("""
local id, canal, que, espera = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
if ARGV[5] ~= '' then
  redis.call('RPUSH', KEYS[4], ARGV[5])
  redis.call('EXPIRE', KEYS[4], ARGV[6])
end
local hay = redis.call('HMGET', KEYS[2], 'estado', 'canal', 'canales')
local abierto = hay[1] == 'en_cola' or (hay[1] == 'enviado' and que ~= 'enviado')
if not abierto then
  redis.call('ZREM', KEYS[3], id)
  return hay[1] or ''
end
if hay[2] ~= canal then return hay[1] end
if que == 'enviado' or que == 'entregado' then
  redis.call('HSET', KEYS[2], 'estado', que)
  redis.call('ZREM', KEYS[3], id)
elseif que == 'repetir' then
  redis.call('HINCRBY', KEYS[2], 'intento', 1)
  redis.call('ZADD', KEYS[3], ahora + espera, id)
elseif que == 'esperar' then
  redis.call('ZADD', KEYS[3], ahora + espera, id)
elseif tonumber(canal) + 1 < tonumber(hay[3]) then
  redis.call('HSET', KEYS[2], 'estado', 'en_cola', 'canal', canal + 1, 'intento', 0)
  redis.call('ZADD', KEYS[3], ahora, id)
else
  redis.call('HSET', KEYS[2], 'estado', 'fallido')
  redis.call('ZREM', KEYS[3], id)
end
return redis.call('HGET', KEYS[2], 'estado')
""")


@dataclass(frozen=True)
class Cupo:
    """Cuántos caben en una ventana; cero es que no se cuentan."""

    clave: str
    limite: int
    ventana: float


@dataclass(frozen=True)
class Aceptacion:
    """Qué pasó al querer aceptar un aviso: nuevo, repetido, otra o limite."""

    que: str
    id: str = ""
    espera: float = 0.0


@dataclass(frozen=True)
class Aviso:
    """Un aviso guardado."""

    id: str
    peticion: dict[str, Any]
    estado: str
    posicion: int
    """Por cuál de sus canales va."""
    intento: int
    """Cuántos lleva fallados por ese canal."""
    traza: dict[str, str]

    @property
    def canal(self) -> str:
        """El canal por el que va."""
        return str(self.peticion["canales"][self.posicion])

    @property
    def es_el_ultimo(self) -> bool:
        """Si no le queda otro canal."""
        return self.posicion + 1 >= len(self.peticion["canales"])


def abrir(ajustes: Ajustes) -> Redis:
    """Una conexión que no se queda esperando a un Redis que no está."""
    return Redis.from_url(
        ajustes.redis_url,
        decode_responses=True,
        socket_connect_timeout=1,
        socket_timeout=2,
        retry=Retry(NoBackoff(), 1),
    )


class Almacen:
    """Las operaciones que ofrece Redis a lo demás. Lanzan RedisError si no contesta."""

    def __init__(self, redis: Redis, ajustes: Ajustes) -> None:
        """Sin efectos: se conecta con la primera operación."""
        self.redis = redis
        self.reloj = ajustes.clock_key
        self._prestamo = ajustes.lease_seconds
        self._aceptar = redis.register_script(ACEPTAR)
        self._coger = redis.register_script(COGER)
        self._concluir = redis.register_script(CONCLUIR)

    async def aceptar(
        self,
        id_: str,
        peticion: dict[str, Any],
        traza: dict[str, str],
        cupo: Cupo,
        clave: str = "",
        huella: str = "",
    ) -> Aceptacion:
        """Todo o nada: mira la clave de idempotencia y el cupo, guarda y encola."""
        claves = [self.reloj, f"aviso:{id_}", COLA, cupo.clave, f"clave:{clave}"]
        que, valor = await self._aceptar(
            claves,
            [
                id_,
                huella,
                cupo.limite,
                cupo.ventana,
                json.dumps(peticion),
                len(peticion["canales"]),
                json.dumps(traza),
                MES,
                DIA,
            ],
        )
        if que == "limite":
            return Aceptacion(que, espera=float(valor))
        return Aceptacion(que, valor)

    async def leer(self, id_: str) -> Aviso | None:
        """Un aviso, o None si no lo hay."""
        campos: dict[Any, Any] = await self.redis.hgetall(f"aviso:{id_}")
        if not campos:
            return None
        return Aviso(
            id_,
            json.loads(campos["peticion"]),
            campos["estado"],
            int(campos["canal"]),
            int(campos["intento"]),
            json.loads(campos["traza"]),
        )

    async def intentos(self, id_: str) -> list[dict[str, str]]:
        """Lo que ha ido pasando al enviarlo."""
        lineas = await self.redis.lrange(f"intentos:{id_}", 0, -1)
        return [json.loads(linea) for linea in lineas]

    async def coger(self, cuantos: int) -> Sequence[str]:
        """Los que ya toca enviar; si no se concluyen, vuelven pasado un tiempo."""
        ids: list[str] = await self._coger(
            [self.reloj, COLA], [cuantos, self._prestamo]
        )
        return ids

    async def concluir(
        self, aviso: Aviso, que: str, espera: float = 0, resultado: str = ""
    ) -> str:
        """Apunta qué ha pasado con el canal por el que iba, y da el estado que queda.

        ``que`` es enviado, entregado, repetir (tras ``espera`` segundos y gastando un
        intento), esperar (sin gastarlo) o siguiente (canal; si no hay, fallido). Si
        entretanto ha cambiado de canal o ya tiene estado final, no cambia nada.
        """
        apunte = {"canal": aviso.canal, "resultado": resultado}
        estado: str = await self._concluir(
            [self.reloj, f"aviso:{aviso.id}", COLA, f"intentos:{aviso.id}"],
            [
                aviso.id,
                aviso.posicion,
                que,
                espera,
                json.dumps(apunte) if resultado else "",
                MES,
            ],
        )
        return estado

    async def en_cola(self) -> int:
        """Cuántos avisos esperan."""
        return int(await self.redis.zcard(COLA))
