"""Los logs: una línea de JSON por cosa que pasa, con su traza y sin datos de nadie."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

from opentelemetry import trace

REGISTRO = logging.getLogger("avisos")


class EnJson(logging.Formatter):
    """Cada línea, un objeto."""

    def format(self, record: logging.LogRecord) -> str:
        """El mensaje, los datos que se le añadan con ``extra`` y la traza en curso."""
        linea: dict[str, Any] = {
            "nivel": record.levelname,
            "mensaje": record.getMessage(),
        }
        contexto = trace.get_current_span().get_span_context()
        if contexto.is_valid:
            linea["trace_id"] = trace.format_trace_id(contexto.trace_id)
            linea["span_id"] = trace.format_span_id(contexto.span_id)
        for nombre in ("aviso", "canal", "resultado", "codigo"):
            if (valor := getattr(record, nombre, None)) is not None:
                linea[nombre] = valor
        return json.dumps(linea, ensure_ascii=False)


def preparar() -> None:
    """Una sola vez por proceso, aunque haya varias aplicaciones."""
    if not any(isinstance(uno.formatter, EnJson) for uno in REGISTRO.handlers):
        salida = logging.StreamHandler(sys.stdout)
        salida.setFormatter(EnJson())
        REGISTRO.addHandler(salida)
    REGISTRO.setLevel(logging.INFO)
    REGISTRO.propagate = False
