"""Las trazas: de la petición a la cola, y de la cola al proveedor (OpenTelemetry).

Por hacer (R6): un TracerProvider que exporta a OTEL_EXPORTER_OTLP_ENDPOINT si lo hay;
guardar con el aviso las cabeceras de la traza (inject), y seguirla en el trabajador
(extract). En los spans no va ningún dato de nadie.
Se aprende en: 5.5 Observabilidad · OpenTelemetry
"""
