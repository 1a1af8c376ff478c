"""Las métricas, con un registro por aplicación: nada es global.

Las etiquetas solo tienen valores de una lista corta: cada combinación es una serie
que Prometheus guarda para siempre.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

METODOS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class MetricasWeb:
    """Lo que cuenta el proceso web."""

    def __init__(self) -> None:
        """Con todas a cero."""
        self.registro = CollectorRegistry()
        self.aceptados = Counter(
            "avisos_aceptados",
            "Avisos aceptados, por su primer canal.",
            ["canal", "prioridad"],
            registry=self.registro,
        )
        self.limitados = Counter(
            "avisos_limitados",
            "Avisos rechazados por el límite de su usuario.",
            ["canal", "prioridad"],
            registry=self.registro,
        )
        self.en_cola = Gauge(
            "avisos_en_cola", "Avisos que esperan a enviarse.", registry=self.registro
        )
        self.abierto = Gauge(
            "avisos_circuito_abierto",
            "1 si no se llama a ese proveedor; 0 si se le llama.",
            ["canal"],
            registry=self.registro,
        )
        self.duracion = Histogram(
            "http_request_duration_seconds",
            "Lo que se tarda en contestar, por ruta.",
            ["metodo", "ruta", "estado"],
            registry=self.registro,
        )


class MetricasTrabajador:
    """Lo que cuenta un trabajador."""

    def __init__(self) -> None:
        """Con todas a cero."""
        self.registro = CollectorRegistry()
        self.envios = Counter(
            "avisos_envios",
            "Intentos de enviar, por canal y resultado.",
            ["canal", "resultado"],
            registry=self.registro,
        )
        self.duracion = Histogram(
            "avisos_envio_duration_seconds",
            "Lo que tarda cada intento, acabe como acabe.",
            ["canal"],
            registry=self.registro,
        )


class MedirPeticiones:
    """Middleware ASGI: la ruta es la plantilla (/avisos/{id}), nunca la dirección."""

    def __init__(self, app: ASGIApp, metricas: MetricasWeb) -> None:
        """Envuelve a la aplicación."""
        self._app, self._metricas = app, metricas

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Mide una petición entera, también si acaba mal."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        estado = 500
        inicio = perf_counter()

        async def mirar(mensaje: Message) -> None:
            nonlocal estado
            if mensaje["type"] == "http.response.start":
                estado = mensaje["status"]
            await send(mensaje)

        try:
            await self._app(scope, receive, mirar)
        finally:
            ruta = getattr(scope.get("route"), "path", "otra")
            metodo = scope["method"] if scope["method"] in METODOS else "otro"
            serie = self._metricas.duracion.labels(metodo, ruta, str(estado))
            serie.observe(perf_counter() - inicio)
