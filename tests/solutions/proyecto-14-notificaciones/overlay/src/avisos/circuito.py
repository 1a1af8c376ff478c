"""El cortacircuitos de cada proveedor, que comparten todos los procesos (en Redis)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from avisos.almacen import con_hora

if TYPE_CHECKING:
    from avisos.ajustes import Ajustes
    from avisos.almacen import Almacen

PEDIR = con_hora("""
local c = redis.call('HMGET', KEYS[2], 'abierto', 'prueba')
if not c[1] then return {'pasa', '', '0'} end
if ahora < tonumber(c[1]) then return {'espera', '', tostring(c[1] - ahora)} end
if c[2] and ahora < tonumber(c[2]) then return {'espera', '', '1'} end
redis.call('HSET', KEYS[2], 'prueba', ahora + tonumber(ARGV[1]), 'quien', ARGV[2])
return {'pasa', ARGV[2], '0'}
""")

APUNTAR = con_hora("""
local c = redis.call('HMGET', KEYS[2], 'abierto', 'quien', 'fallos')
local bien, quien = ARGV[1] == '1', ARGV[2]
if c[1] then
  if quien == '' or c[2] ~= quien then return 0 end
  if bien then redis.call('DEL', KEYS[2]) return 0 end
elseif bien then
  redis.call('DEL', KEYS[2])
  return 0
elseif redis.call('HINCRBY', KEYS[2], 'fallos', 1) < tonumber(ARGV[3]) then
  return 0
end
redis.call('HDEL', KEYS[2], 'prueba', 'quien')
redis.call('HSET', KEYS[2], 'abierto', ahora + tonumber(ARGV[4]))
return 1
""")

MIRAR = con_hora("""
local hasta = redis.call('HGET', KEYS[2], 'abierto')
if not hasta then return 'cerrado' end
if ahora < tonumber(hasta) then return 'abierto' end
return 'semiabierto'
""")


@dataclass(frozen=True)
class Permiso:
    """Si se puede llamar al proveedor; si es la llamada de prueba, con su nombre."""

    pasa: bool
    prueba: str
    espera: float


class Circuito:
    """Cerrado, abierto y semiabierto: mira Redis antes y después de cada llamada."""

    def __init__(self, almacen: Almacen, ajustes: Ajustes) -> None:
        """Sin efectos."""
        self._reloj = almacen.reloj
        self._fallos = ajustes.breaker_failures
        self._segundos = ajustes.breaker_seconds
        self._pedir = almacen.redis.register_script(PEDIR)
        self._apuntar = almacen.redis.register_script(APUNTAR)
        self._mirar = almacen.redis.register_script(MIRAR)

    async def pedir(self, canal: str, quien: str) -> Permiso:
        """Pide permiso para una llamada; ``quien`` no se repite nunca."""
        claves = [self._reloj, f"circuito:{canal}"]
        que, prueba, espera = await self._pedir(claves, [self._segundos, quien])
        return Permiso(que == "pasa", prueba, float(espera))

    async def apuntar(self, canal: str, permiso: Permiso, *, bien: bool) -> None:
        """Dice cómo acabó la llamada a la que se dio ese permiso."""
        await self._apuntar(
            [self._reloj, f"circuito:{canal}"],
            [int(bien), permiso.prueba, self._fallos, self._segundos],
        )

    async def estado(self, canal: str) -> str:
        """Lo que dice el contrato: cerrado, abierto o semiabierto."""
        estado: str = await self._mirar([self._reloj, f"circuito:{canal}"])
        return estado
