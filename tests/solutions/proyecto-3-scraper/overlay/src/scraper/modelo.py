"""Los datos que van de una parte a otra del programa."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Articulo:
    """Algo que se vende en un sitio.

    El precio va en céntimos, como entero: con float, 0.1 + 0.2 no da 0.3. Si la página
    no dice el precio, es None.
    """

    codigo: str
    nombre: str
    precio: int | None = None


@dataclass(frozen=True)
class Pagina:
    """Una página ya traída: su dirección final y su HTML, ya descodificado."""

    url: str
    texto: str


@dataclass(frozen=True)
class Opciones:
    """Cómo se rastrea. Los valores por defecto son los de la línea de órdenes."""

    intervalo: float = 1.0
    """Segundos entre dos peticiones seguidas al mismo servidor, como mínimo."""
    tiempo_limite: float = 10.0
    """Segundos que se espera a un servidor que no contesta."""
    espera_maxima: float = 60.0
    """Si el servidor pide esperar más segundos que estos, se deja para otro día."""
    reintentos: int = 3
    max_paginas: int | None = None
    """Páginas que se piden como mucho; None, todas."""
    usuario: str | None = None
    clave: str | None = field(default=None, repr=False)
    """Sin repr: así no se escapa por un print o un mensaje de registro."""
    cookies: Path | None = None
    base_datos: Path | None = None
