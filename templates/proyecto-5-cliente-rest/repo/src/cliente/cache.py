"""Las respuestas guardadas en el disco (RFC 9111).

R4. Decide primero con qué se busca una respuesta guardada: la dirección, la clave con
la que se pidió (sin guardarla) y las cabeceras que diga Vary. sqlite3, de la biblioteca
estándar, es un buen sitio donde guardarlas.
"""

from pathlib import Path


class Cache:
    """Guarda respuestas en una carpeta."""

    def __init__(self, carpeta: Path, limite: int) -> None:
        """Todavía no hace nada."""
        raise NotImplementedError("R4 · la caché")
