"""La caché: lo que se lee mucho y cambia poco, en Redis; y si no está, como sin ella.

Cada cosa guardada lleva la versión que tenía al empezar a leerla. Quien cambia algo
cambia su versión *después* de confirmar: así, lo que alguien leyó antes y guarda tarde
ya no vale, y nadie lo ve.
"""

import json
import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

T = TypeVar("T")
log = logging.getLogger(__name__)
PLAZO = 0.2
"""Segundos que se espera a Redis: más es peor que no tener caché."""
DESCANSO = 0.25
"""Segundos que no se le molesta después de que falle."""


class Cache:
    """Una caché de textos JSON. Sin URL, o con Redis caído, nunca acierta."""

    def __init__(self, url: str | None, segundos: int) -> None:
        """Sin efectos: se conecta con la primera lectura."""
        self.segundos = segundos
        self._redis: redis.Redis | None = None
        if url:
            self._redis = redis.Redis.from_url(
                url,
                socket_timeout=PLAZO,
                socket_connect_timeout=PLAZO,
                retry=Retry(NoBackoff(), 1),
            )
        self._cerrojo = threading.Lock()
        self._turnos: dict[str, tuple[threading.Lock, int]] = {}
        self._pendientes: dict[str, str] = {}
        self._descansa_hasta = 0.0

    def obtener(self, clave: str, calcular: Callable[[], str]) -> tuple[str, bool]:
        """Lo guardado con esa clave, o lo que se calcule; y si ha sido un acierto.

        Si muchos lo piden a la vez y no está, uno lo calcula y los demás lo esperan.
        """
        version, texto = self._leer(clave)
        if texto is not None:
            return texto, True
        if version is None:
            return calcular(), False
        with self._turno(clave):
            version, texto = self._leer(clave)
            if texto is not None:
                return texto, True
            texto = calcular()
            if version is not None:
                self._guardar(clave, version, texto)
            return texto, False

    def invalidar(self, *claves: str) -> None:
        """Lo guardado con esas claves ya no vale; sin Redis, en cuanto vuelva."""
        if self._redis:
            with self._cerrojo:
                self._pendientes |= {clave: secrets.token_hex(8) for clave in claves}
            self._atender(lambda _: None)

    def cerrar(self) -> None:
        """Suelta las conexiones."""
        if self._redis:
            self._redis.close()

    def _leer(self, clave: str) -> tuple[bytes | None, str | None]:
        """La versión de ahora (None: no hay Redis), y lo guardado si es de ella."""

        def leer(servidor: redis.Redis) -> tuple[bytes | None, str | None]:
            valores: list[Any] = servidor.mget(f"v:{clave}", f"d:{clave}")
            version, guardado = (bytes(valor or b"") for valor in valores)
            de, salto, texto = guardado.partition(b"\n")
            vale = bool(salto) and de == version and es_json(texto)
            return version, texto.decode() if vale else None

        return self._atender(leer) or (None, None)

    def _guardar(self, clave: str, version: bytes, texto: str) -> None:
        valor = version + b"\n" + texto.encode()
        self._atender(lambda r: r.set(f"d:{clave}", valor, ex=self.segundos))

    def _atender(self, orden: Callable[[redis.Redis], T]) -> T | None:
        """Habla con Redis, si contesta; antes, le dice lo que cambió sin él."""
        if not self._redis or time.monotonic() < self._descansa_hasta:
            return None
        try:
            self._ponerse_al_dia(self._redis)
            return orden(self._redis)
        except (redis.RedisError, OSError) as error:
            log.warning("Redis no contesta: %s", error)
            self._descansa_hasta = time.monotonic() + DESCANSO
            return None

    def _ponerse_al_dia(self, servidor: redis.Redis) -> None:
        with self._cerrojo:
            pendientes = dict(self._pendientes)
        for clave in pendientes:
            # Cada vez otra: si dos hilos cambian la misma, ninguna versión vuelve. Y
            # dura más que cualquier cosa guardada con la anterior.
            nueva = secrets.token_hex(8)
            servidor.set(f"v:{clave}", nueva, ex=2 * self.segundos)
        with self._cerrojo:
            for clave, cambio in pendientes.items():
                if self._pendientes.get(clave) == cambio:
                    del self._pendientes[clave]

    @contextmanager
    def _turno(self, clave: str) -> Iterator[None]:
        """De uno en uno por clave; los cerrojos que nadie usa se tiran."""
        with self._cerrojo:
            cerrojo, cuantos = self._turnos.get(clave, (threading.Lock(), 0))
            self._turnos[clave] = (cerrojo, cuantos + 1)
        try:
            with cerrojo:
                yield
        finally:
            with self._cerrojo:
                _, cuantos = self._turnos.pop(clave)
                if cuantos > 1:
                    self._turnos[clave] = (cerrojo, cuantos - 1)


def es_json(texto: bytes) -> bool:
    """Si se entiende: en Redis puede haber cualquier cosa."""
    try:
        json.loads(texto)
    except ValueError:
        return False
    return True
