"""Lo que se guarda en Redis: los avisos, y la cola de los que hay que enviar.

Por hacer (R1): guardar un aviso y dejarlo en la cola, todo o nada; cogerlo de ella de
manera que, si quien lo coge muere, lo coja otro; y apuntar cómo va. Dos peticiones, o
dos trabajadores, llegan a la vez: lo que tiene que pasar junto va en un guion de Lua
(redis.register_script) o en una transacción, y no en dos órdenes seguidas.

La hora es la de Redis (TIME), o la de la clave que diga CLOCK_KEY, si existe.
Se aprende en: 5.1 Bases de Datos · Redis + redis-py
"""

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from avisos.ajustes import Ajustes


def abrir(ajustes: Ajustes) -> Redis:
    """Una conexión que no se queda esperando a un Redis que no está."""
    return Redis.from_url(
        ajustes.redis_url,
        decode_responses=True,
        socket_connect_timeout=1,
        socket_timeout=2,
        retry=Retry(NoBackoff(), 1),
    )
