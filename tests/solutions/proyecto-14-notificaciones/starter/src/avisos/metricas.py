"""Las métricas de cada proceso, para Prometheus.

Por hacer (R5): las del contrato. Con un CollectorRegistry por aplicación: el global es
de todo el proceso, y en uno puede haber dos aplicaciones.
Se aprende en: https://prometheus.github.io/client_python/
"""
