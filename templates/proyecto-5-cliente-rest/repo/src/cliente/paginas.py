"""Las tres formas de repartir una lista en páginas, detrás de un solo recorrido.

R2. Un generador (una función con yield) pide cada página cuando alguien la necesita.
Roadmap 1.4: https://docs.python.org/3/howto/functional.html
"""

from collections.abc import Iterator
from typing import Any


def recorrer(ruta: str) -> Iterator[dict[str, Any]]:
    """Da los elementos de todas las páginas, sin repetir ninguno."""
    raise NotImplementedError("R2 · recorrer las páginas")
