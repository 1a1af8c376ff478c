"""El otro proceso: coge avisos de la cola y los manda. Puede haber varios.

uv run python -m avisos.trabajador
"""

from __future__ import annotations

import asyncio
import secrets
import signal
from contextlib import suppress
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING

from opentelemetry.trace import Span, SpanKind, StatusCode
from prometheus_client import start_http_server
from redis.exceptions import RedisError

from avisos import almacen, registro, trazas
from avisos.ajustes import Ajustes
from avisos.canales import Mensaje, Respuesta, Resultado
from avisos.canales.correo import Correo
from avisos.canales.pasarela import Pasarela
from avisos.circuito import Circuito
from avisos.metricas import MetricasTrabajador
from avisos.registro import REGISTRO

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from avisos.almacen import Almacen, Aviso
    from avisos.canales import Canal
    from avisos.circuito import Permiso

A_LA_VEZ = 32
"""Cuántos envíos tiene en marcha un trabajador, como mucho."""
PAUSA = 0.02
"""Segundos entre dos miradas a una cola en la que no había nada."""


class Trabajador:
    """Coge, envía y apunta."""

    def __init__(self, ajustes: Ajustes) -> None:
        """Sin efectos todavía."""
        self.ajustes = ajustes
        self.almacen: Almacen = almacen.Almacen(almacen.abrir(ajustes), ajustes)
        self.circuito = Circuito(self.almacen, ajustes)
        self.metricas = MetricasTrabajador()
        self.trazas = trazas.abrir()
        self._trazador = self.trazas.get_tracer("avisos")
        plazo = ajustes.provider_timeout_seconds
        canales: list[Canal] = [
            Correo(ajustes),
            Pasarela("sms", ajustes.sms_url, ajustes.sms_key, plazo),
            Pasarela("push", ajustes.push_url, ajustes.push_key, plazo),
        ]
        self.canales = {canal.nombre: canal for canal in canales}
        self._parar = asyncio.Event()
        self._en_marcha: dict[str, asyncio.Task[None]] = {}
        self._otra_vez: set[str] = set()

    def parar(self) -> None:
        """No coge nada más; lo que tiene en marcha lo acaba."""
        self._parar.set()

    async def trabajar(self) -> None:
        """Hasta que se le pida parar."""
        while not self._parar.is_set():
            libres = A_LA_VEZ - len(self._en_marcha)
            ids = []
            if libres:
                with suppress(RedisError):
                    ids = list(await self.almacen.coger(libres))
            for id_ in ids:
                if (
                    id_ not in self._en_marcha
                ):  # si no, es que tarda más que su préstamo
                    tarea = asyncio.create_task(self.procesar(id_))
                    self._en_marcha[id_] = tarea
                    tarea.add_done_callback(partial(self._acabar, id_))
            if not ids:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._parar.wait(), PAUSA)
        if self._en_marcha:
            await asyncio.wait(self._en_marcha.values(), timeout=2)
        for canal in self.canales.values():
            await canal.cerrar()
        await self.almacen.redis.aclose()
        trazas.cerrar(self.trazas)

    def _empezar(self, id_: str) -> None:
        tarea = asyncio.create_task(self.procesar(id_))
        self._en_marcha[id_] = tarea
        tarea.add_done_callback(partial(self._acabar, id_))

    def _acabar(self, id_: str, _: asyncio.Task[None]) -> None:
        """Si entretanto le ha vuelto a tocar, ahora sí: nunca dos veces a la vez."""
        del self._en_marcha[id_]
        if id_ in self._otra_vez:
            self._otra_vez.discard(id_)
            self._empezar(id_)

    async def procesar(self, id_: str) -> None:
        """Un aviso que ya toca: si Redis falla antes de enviarlo, volverá a la cola."""
        with suppress(RedisError):
            aviso = await self.almacen.leer(id_)
            if aviso is None or aviso.estado != "en_cola":
                await self.almacen.redis.zrem(almacen.COLA, id_)
                return
            permiso = await self.circuito.pedir(aviso.canal, secrets.token_hex(8))
            if not permiso.pasa:
                que = "esperar" if aviso.es_el_ultimo else "siguiente"
                await self.almacen.concluir(aviso, que, permiso.espera)
                return
            with self._trazador.start_as_current_span(
                "avisos procesar",
                context=trazas.traer(aviso.traza),
                kind=SpanKind.CONSUMER,
                attributes={"avisos.id": id_, "avisos.canal": aviso.canal},
            ) as span:
                await self._intentar(aviso, permiso, span)

    async def _intentar(self, aviso: Aviso, permiso: Permiso, span: Span) -> None:
        respuesta = await self._enviar(aviso)
        bien = not respuesta.culpa
        # La llamada ya está hecha: que falte Redis no puede hacer que se repita.
        await self._insistir(
            lambda: self.circuito.apuntar(aviso.canal, permiso, bien=bien)
        )
        que, espera = self._que_hacer(aviso, respuesta)
        if que == "repetir":
            span.add_event(
                "reintento",
                {"avisos.intento": aviso.intento + 1, "avisos.espera": espera},
            )
        await self._insistir(
            lambda: self.almacen.concluir(
                aviso, que, espera, resultado=respuesta.resultado.value
            )
        )

    async def _insistir(self, hacer: Callable[[], Awaitable[object]]) -> None:
        while True:
            try:
                await hacer()
            except RedisError:
                await asyncio.sleep(0.1)
            else:
                return

    def _que_hacer(self, aviso: Aviso, respuesta: Respuesta) -> tuple[str, float]:
        """Lo que toca después de un intento, y cuánto hay que esperar."""
        if respuesta.resultado is Resultado.ACEPTADO:
            return "enviado", 0
        gastado = aviso.intento + 1 >= self.ajustes.max_attempts
        if respuesta.resultado is Resultado.PERMANENTE or gastado:
            return "siguiente", 0
        espera = self.ajustes.retry_seconds * 2**aviso.intento
        espera += secrets.randbelow(1000) / 1000 * espera
        return "repetir", max(espera, respuesta.espera)

    async def _enviar(self, aviso: Aviso) -> Respuesta:
        """Una llamada al proveedor, con su span, su tiempo y su línea de log."""
        canal = aviso.canal
        contenido = aviso.peticion["contenido"]
        with self._trazador.start_as_current_span(
            f"{canal} enviar", kind=SpanKind.CLIENT, attributes={"avisos.canal": canal}
        ) as span:
            mensaje = Mensaje(
                referencia=aviso.id,
                para=aviso.peticion["destinos"][canal],
                asunto=contenido["asunto"],
                texto=contenido["texto"],
                html=contenido["html"],
                cabeceras=trazas.llevar(),
            )
            inicio = perf_counter()
            try:
                respuesta = await self.canales[canal].enviar(mensaje)
            except Exception as error:  # noqa: BLE001 - un fallo no para a nadie
                respuesta = Respuesta(Resultado.TEMPORAL, type(error).__name__)
            self.metricas.duracion.labels(canal).observe(perf_counter() - inicio)
            resultado = respuesta.resultado.value
            self.metricas.envios.labels(canal, resultado).inc()
            if respuesta.resultado is not Resultado.ACEPTADO:
                span.set_status(StatusCode.ERROR)
                span.add_event("error", {"avisos.codigo": respuesta.codigo})
            REGISTRO.info(
                "intento",
                extra={
                    "aviso": aviso.id,
                    "canal": canal,
                    "resultado": resultado,
                    "codigo": respuesta.codigo,
                },
            )
        return respuesta


def servir_metricas(ajustes: Ajustes, metricas: MetricasTrabajador) -> None:
    """En su dirección, si la tiene."""
    host, _, puerto = ajustes.worker_metrics_address.rpartition(":")
    if puerto:
        start_http_server(int(puerto), host, metricas.registro)


async def principal() -> None:
    """El proceso, desde que arranca hasta que se le pide parar."""
    ajustes = Ajustes()
    registro.preparar()
    trabajador = Trabajador(ajustes)
    servir_metricas(ajustes, trabajador.metricas)
    bucle = asyncio.get_running_loop()
    for cual in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):  # en Windows
            bucle.add_signal_handler(cual, trabajador.parar)
    REGISTRO.info("trabajador listo")
    await trabajador.trabajar()


if __name__ == "__main__":
    asyncio.run(principal())
