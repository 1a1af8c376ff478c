"""El cliente: reúne la clave, los reintentos, el circuito, la caché y las páginas."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx2

from cliente.cache import Cache
from cliente.circuito import Circuito
from cliente.claves import Clave
from cliente.errores import ErrorDeRespuesta, SinConexion
from cliente.paginas import mismo_servidor, recorrer
from cliente.reintentos import ESTADOS, METODOS, Politica
from cliente.respuesta import Respuesta

CABECERA = "X-API-Key"
REDIRECCIONES = 5
ESCRIBEN = frozenset({"POST", "PUT", "PATCH", "DELETE"})
log = logging.getLogger(__name__)


class Cliente:
    """Habla con una API REST."""

    def __init__(
        self,
        base: str,
        *,
        clave: str | None = None,
        archivo_clave: Path | None = None,
        intentos: int = 4,
        espera: float = 0.5,
        presupuesto: float = 30.0,
        fallos_seguidos: int = 5,
        descanso: float = 30.0,
        cache: Path | None = None,
        limite_cache: int = 100,
        tiempo_limite: float = 5.0,
        dormir: Callable[[float], None] = time.sleep,
        reloj: Callable[[], float] = time.time,
        transporte: httpx2.BaseTransport | None = None,
    ) -> None:
        """Prepara el cliente; no habla todavía con nadie.

        Raises:
            ErrorDeClave: no hay clave, o no sirve.
        """
        self._clave = Clave(clave, archivo_clave)
        self._politica = Politica(intentos, espera, presupuesto, reloj)
        self._circuito = Circuito(fallos_seguidos, descanso, reloj)
        self._cache = Cache(cache, limite_cache, reloj) if cache else None
        self._dormir = dormir
        self._base = httpx2.URL(base.rstrip("/") + "/")
        self._http = httpx2.Client(timeout=tiempo_limite, transport=transporte)

    def __enter__(self) -> Cliente:
        """Para usarlo con «with»."""
        return self

    def __exit__(
        self,
        tipo: type[BaseException] | None,
        error: BaseException | None,
        traza: TracebackType | None,
    ) -> None:
        """Cierra las conexiones."""
        self.cerrar()

    def __repr__(self) -> str:
        """Sin la clave."""
        return f"Cliente({str(self._base)!r})"

    def cerrar(self) -> None:
        """Cierra las conexiones."""
        self._http.close()

    def recorrer(
        self, ruta: str, parametros: Mapping[str, Any] | None = None
    ) -> Iterator[dict[str, Any]]:
        """Los elementos de una lista repartida en páginas, de uno en uno."""

        def pedir(direccion: str, con: Mapping[str, Any]) -> Respuesta:
            return self.pedir("GET", direccion, parametros=con)

        return recorrer(pedir, ruta, parametros or {})

    def pedir(
        self,
        metodo: str,
        ruta: str,
        *,
        parametros: Mapping[str, Any] | None = None,
        json: Any = None,
        cabeceras: Mapping[str, str] | None = None,
    ) -> Respuesta:
        """Hace una petición y devuelve la respuesta, si salió bien.

        Raises:
            ErrorDeRespuesta: la API ha contestado 4xx o 5xx.
            SinConexion: no se ha podido hablar con ella.
            CircuitoAbierto: lleva un rato fallando.
        """
        url = self._base.join(ruta.lstrip("/") if "://" not in ruta else ruta)
        if parametros:
            url = url.copy_merge_params(parametros)
        peticion = self._http.build_request(
            metodo.upper(), url, json=json, headers=cabeceras
        )
        if self._cache is None:
            return self._resultado(peticion, self._insistir(peticion))
        return self._con_cache(self._cache, peticion)

    def _con_cache(self, cache: Cache, peticion: httpx2.Request) -> Respuesta:
        url, huella = str(peticion.url), self._clave.huella
        if peticion.method != "GET":
            try:
                return self._resultado(peticion, self._insistir(peticion))
            finally:
                if peticion.method in ESCRIBEN:  # aunque no se sepa si llegó
                    cache.olvidar(url)
        guardada = cache.buscar(url, huella, peticion.headers)
        if guardada and guardada.fresca:
            return Respuesta(200, url, guardada.cabeceras, guardada.cuerpo, True)
        if guardada and guardada.etag:
            peticion.headers["If-None-Match"] = guardada.etag
        respuesta = self._insistir(peticion)
        peticion.headers.pop("If-None-Match", None)
        huella = self._clave.huella
        if respuesta.status_code == 304 and guardada:
            nuevas = {**guardada.cabeceras, **_cabeceras(respuesta)}
            nuevas["content-length"] = str(len(guardada.cuerpo))
            cache.guardar(url, huella, peticion.headers, nuevas, guardada.cuerpo)
            return Respuesta(200, url, nuevas, guardada.cuerpo, True)
        resultado = self._resultado(peticion, respuesta)
        if respuesta.status_code == 200:
            cache.guardar(
                url, huella, peticion.headers, resultado.cabeceras, resultado.cuerpo
            )
        return resultado

    def _resultado(
        self, peticion: httpx2.Request, respuesta: httpx2.Response
    ) -> Respuesta:
        if respuesta.status_code >= 400:
            raise ErrorDeRespuesta(
                respuesta.status_code,
                f"{peticion.method} {peticion.url} → {respuesta.status_code}",
            )
        return Respuesta(
            respuesta.status_code,
            str(peticion.url),
            _cabeceras(respuesta),
            respuesta.content,
        )

    def _insistir(self, peticion: httpx2.Request) -> httpx2.Response:
        """Repite la petición mientras valga la pena."""
        repetible = peticion.method in METODOS or "idempotency-key" in peticion.headers
        esperado = 0.0
        for intento in range(1, self._politica.intentos + 1):
            paso = self._circuito.pedir_paso()
            respuesta: httpx2.Response | None = None
            retry_after = None
            try:
                respuesta = self._identificarse(peticion)
            except httpx2.TooManyRedirects:
                self._circuito.bien(paso)
                raise SinConexion(f"{peticion.url} no deja de redirigir") from None
            except httpx2.HTTPError as error:
                self._circuito.mal(paso)
                fallo = type(error).__name__
            except BaseException:
                self._circuito.mal(paso)
                raise
            else:
                if respuesta.status_code not in ESTADOS:
                    self._circuito.bien(paso)
                    return respuesta
                self._circuito.mal(paso)
                fallo = str(respuesta.status_code)
                retry_after = respuesta.headers.get("retry-after")
            pausa = self._politica.pausa(intento, retry_after)
            agotado = intento == self._politica.intentos or not repetible
            if agotado or esperado + pausa > self._politica.presupuesto:
                break
            log.info("%s %s: %s", peticion.method, peticion.url, fallo)
            self._dormir(pausa)
            esperado += pausa
        if respuesta is not None:
            return respuesta
        raise SinConexion(f"no hay manera de hablar con {peticion.url}: {fallo}")

    def _identificarse(self, peticion: httpx2.Request) -> httpx2.Response:
        """La envía con la clave; si la API no la acepta, prueba una vez la nueva."""
        clave = self._clave.valor
        respuesta = self._enviar(peticion, clave)
        rechazada = respuesta.status_code == 401 and self._es_propia(respuesta.url)
        if rechazada and self._clave.renovar(clave):
            respuesta = self._enviar(peticion, self._clave.valor)
        return respuesta

    def _es_propia(self, url: httpx2.URL) -> bool:
        return mismo_servidor(url, self._base)

    def _enviar(self, peticion: httpx2.Request, clave: str) -> httpx2.Response:
        """La envía y sigue las redirecciones; la clave no sale de la base."""
        actual: httpx2.Request | None = peticion
        for _ in range(REDIRECCIONES + 1):
            assert actual is not None
            if self._es_propia(actual.url):
                actual.headers[CABECERA] = clave
            else:
                actual.headers.pop(CABECERA, None)
            try:
                respuesta = self._http.send(actual)
            finally:
                actual.headers.pop(CABECERA, None)
            actual = respuesta.next_request
            if actual is None:
                return respuesta
        raise httpx2.TooManyRedirects("demasiadas redirecciones", request=peticion)


def _cabeceras(respuesta: httpx2.Response) -> dict[str, str]:
    return {nombre.lower(): valor for nombre, valor in respuesta.headers.items()}
