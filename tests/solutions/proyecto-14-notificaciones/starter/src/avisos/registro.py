"""Los logs: una línea por cosa que pasa, y sin datos de nadie.

Por hacer (R6): que cada línea sea un objeto JSON con su trace_id.
Se aprende en: 5.5 Observabilidad · structlog
"""

import logging
import sys

REGISTRO = logging.getLogger("avisos")


def preparar() -> None:
    """Una sola vez por proceso, aunque haya varias aplicaciones."""
    if not REGISTRO.handlers:
        REGISTRO.addHandler(logging.StreamHandler(sys.stdout))
    REGISTRO.setLevel(logging.INFO)
