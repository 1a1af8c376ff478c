"""Lo que se guarda en Redis, sin HTTP: qué vale, qué no, y qué pasa cuando no está.

Cada cosa tiene en Redis una versión, que es un texto al azar, y hay otra de toda la
caché. Lo guardado lleva pegadas las dos que había *antes* de leer la base de datos, y
solo vale mientras sigan siendo esas. Quien cambia algo renueva su versión antes de
contestar; si no pudo, porque Redis no estaba, deja de fiarse de todo lo que haya en él
hasta que consiga renovar la general. Otros procesos también habrán visto que faltaba.
"""

import hashlib
import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

log = logging.getLogger(__name__)
GENERAL = "tienda:version"
PLAZO = 0.4
"""Los segundos que se espera a Redis en cada orden."""
LATIDO = 0.2
"""Cada cuánto mira cada proceso si Redis sigue ahí."""
AVISO = 0.65
"""Lo que tarda como mucho otro proceso en darse cuenta de que Redis no está."""
Lectura = Callable[[], bytes | None]


class Cache:
    """La caché de una aplicación. Sin URL, cada vez se lee la base de datos."""

    def __init__(self, url: str | None, segundos: int) -> None:
        """Todavía no se conecta: se puede arrancar sin Redis."""
        self._segundos = segundos
        self._servidor: bytes | None = None
        self._fiable = True
        self._caido_desde: float | None = None
        self._candado = threading.Lock()
        self._vuelos: dict[tuple[str, bytes], Future[bytes | None]] = {}
        self._fin = threading.Event()
        self._hilo: threading.Thread | None = None
        self._redis: Redis | None = None
        if url:
            self._redis = Redis.from_url(
                url,
                socket_timeout=PLAZO,
                socket_connect_timeout=PLAZO,
                retry=Retry(NoBackoff(), 0),
                protocol=2,
                redis_connect_func=self._al_conectar,
            )

    def arrancar(self) -> None:
        """Empieza a vigilar que Redis siga ahí."""
        if self._redis is not None:
            self._latir(self._redis)
            self._hilo = threading.Thread(target=self._vigilar, daemon=True)
            self._hilo.start()

    def parar(self) -> None:
        """Deja de vigilar y cierra las conexiones."""
        self._fin.set()
        if self._hilo is not None:
            self._hilo.join()
        if self._redis is not None:
            self._redis.close()

    def servir(self, cosa: str, leer: Lectura) -> tuple[bytes | None, bool]:
        """Lo guardado de esa cosa o, si no hay, lo que lea; y si fue un acierto.

        Quienes piden a la vez la misma versión esperan a que la lea uno.
        """
        mirada = self._mirar(cosa)
        if mirada is None:
            return leer(), False
        sello, cuerpo = mirada
        if cuerpo is not None:
            return cuerpo, True
        with self._candado:
            vuelo = self._vuelos.get((cosa, sello))
            if vuelo is None:
                mio: Future[bytes | None] = Future()
                self._vuelos[cosa, sello] = mio
        if vuelo is not None:
            return vuelo.result(), False
        try:
            # Quizá alguien acabó de leerlo desde que se miró.
            otra = self._mirar(cosa)
            acierto = otra is not None and otra[0] == sello and otra[1] is not None
            if otra is not None and acierto:
                cuerpo = otra[1]
            else:
                cuerpo = leer()
                if cuerpo is not None:
                    self._guardar(cosa, sello, cuerpo)
            mio.set_result(cuerpo)
        except BaseException as error:
            mio.set_exception(error)
            raise
        finally:
            with self._candado:
                del self._vuelos[cosa, sello]
        return cuerpo, acierto

    def renovar(self, cosas: Iterable[str]) -> None:
        """Eso ha cambiado: lo guardado deja de valer. Se llama antes de contestar."""
        redis = self._redis
        cosas = set(cosas)
        if redis is None or not cosas:
            return
        empezo = time.monotonic()
        while True:
            caido = self._caido_desde
            try:
                with redis.pipeline(transaction=False) as tubo:
                    for cosa in cosas:
                        tubo.set(_version(cosa), _azar(), ex=self._segundos)
                    tubo.execute()
                return
            except (RedisError, OSError):
                self._falla()
            # Si no vuelve, todos los procesos tienen que haberlo echado de menos.
            ahora = time.monotonic()
            if ahora - (caido or empezo) > AVISO:
                return
            time.sleep(0.05)

    def _mirar(self, cosa: str) -> tuple[bytes, bytes | None] | None:
        """El sello que vale ahora y lo guardado con él, si está; None sin Redis."""
        redis = self._redis
        if redis is None or not self._fiable:
            return None
        claves = [GENERAL, _version(cosa)]
        try:
            general, version, dato = _varias(redis, [*claves, _dato(cosa)])
            if general is None or version is None:
                with redis.pipeline(transaction=False) as tubo:
                    for clave in claves:
                        tubo.set(clave, _azar(), ex=self._segundos, nx=True)
                    tubo.execute()
                general, version = _varias(redis, claves)
            if general is None or version is None:
                redis.delete(*claves)  # no eran textos: la próxima vez lo serán
                return None
        except (RedisError, OSError):
            self._falla()
            return None
        if not self._fiable:
            return None
        sello = hashlib.sha256(general + b"\n" + version).hexdigest().encode()
        return sello, _abrir(dato, sello)

    def _guardar(self, cosa: str, sello: bytes, cuerpo: bytes) -> None:
        if self._redis is None or not self._fiable:
            return
        try:
            with self._redis.pipeline(transaction=False) as tubo:
                tubo.set(_dato(cosa), _cerrar(cuerpo, sello), ex=self._segundos)
                tubo.expire(_version(cosa), self._segundos)
                tubo.expire(GENERAL, self._segundos)
                tubo.execute()
        except (RedisError, OSError):
            self._falla()

    def _al_conectar(self, conexion: Any) -> None:
        """Cada conexión nueva mira si el servidor es el de antes."""
        conexion.on_connect()
        conexion.send_command("INFO", "server")
        informe: bytes = conexion.read_response()
        servidor = next(
            (x for x in informe.splitlines() if x.startswith(b"run_id")), b""
        )
        if self._servidor is not None and servidor != self._servidor:
            self._fiable = False
        self._servidor = servidor

    def _falla(self) -> None:
        self._fiable = False
        if self._caido_desde is None:
            self._caido_desde = time.monotonic()
            log.warning("Redis no contesta: se sigue sin caché")

    def _latir(self, redis: Redis) -> None:
        """Mira si está; si no se fiaba de él, empieza de nuevo con otra versión."""
        try:
            if self._fiable:
                redis.ping()
                return
            antes = self._servidor
            redis.set(GENERAL, _azar(), ex=self._segundos)
            if antes is None or self._servidor == antes:
                self._caido_desde = None
                self._fiable = True
        except (RedisError, OSError):
            self._falla()

    def _vigilar(self) -> None:
        while self._redis is not None and not self._fin.wait(LATIDO):
            self._latir(self._redis)


def _version(cosa: str) -> str:
    return f"tienda:version:{cosa}"


def _dato(cosa: str) -> str:
    return f"tienda:dato:{cosa}"


def _varias(redis: Redis, claves: list[str]) -> list[bytes | None]:
    valores: Any = redis.mget(claves)
    return list(valores)


def _azar() -> str:
    return secrets.token_urlsafe(12)


def _cerrar(cuerpo: bytes, sello: bytes) -> bytes:
    """Con el sello delante, y la suma de lo que hay: se nota si está roto."""
    suma = hashlib.sha256(sello + cuerpo).hexdigest().encode()
    return sello + b"\n" + suma + b"\n" + cuerpo


def _abrir(dato: bytes | None, sello: bytes) -> bytes | None:
    """Lo guardado, si se guardó con ese sello y sigue entero."""
    partes = (dato or b"").split(b"\n", 2)
    if len(partes) != 3 or partes[0] != sello:
        return None
    return partes[2] if _cerrar(partes[2], sello) == dato else None
