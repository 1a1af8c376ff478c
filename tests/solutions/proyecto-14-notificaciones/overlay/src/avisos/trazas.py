"""Las trazas: de la petición a la cola, y de la cola al proveedor (OpenTelemetry).

En los spans no va ningún dato de nadie: ni a quién, ni qué, ni lo que contesta el
proveedor, que a menudo lo repite.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

if TYPE_CHECKING:
    from opentelemetry.context import Context

PROPAGADOR = TraceContextTextMapPropagator()
ESPERA = 1.0
"""Segundos que se le dan al recolector, si está, para llevarse lo último."""


def abrir() -> TracerProvider:
    """Las de este proceso; solo salen si OTEL_EXPORTER_OTLP_ENDPOINT dice adónde."""
    nombre = os.environ.get("OTEL_SERVICE_NAME", "avisos")
    trazas = TracerProvider(
        resource=Resource.create({SERVICE_NAME: nombre}), shutdown_on_exit=False
    )
    if os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        trazas.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(timeout=5)))
    return trazas


def cerrar(trazas: TracerProvider) -> None:
    """Manda lo que quede, sin esperar más de la cuenta a un recolector que no está."""
    hilo = threading.Thread(target=trazas.shutdown, daemon=True, name="trazas")
    hilo.start()
    hilo.join(ESPERA)


def llevar() -> dict[str, str]:
    """Las cabeceras (traceparent) que continúan la traza de ahora en otro sitio."""
    cabeceras: dict[str, str] = {}
    PROPAGADOR.inject(cabeceras)
    return cabeceras


def traer(cabeceras: dict[str, str]) -> Context:
    """El contexto que alguien llevó hasta aquí."""
    return PROPAGADOR.extract(cabeceras)
