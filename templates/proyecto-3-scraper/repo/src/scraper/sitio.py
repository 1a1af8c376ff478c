"""Sitio: lo que cambia de una web a otra. Todo lo demás es común."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import ClassVar

from scraper.analisis import enlaces_de
from scraper.modelo import Articulo, Pagina


class Sitio(ABC):
    """Una web que se sabe rastrear.

    Es una clase abstracta: dice qué hace falta saber de cada web, y cada subclase lo
    rellena. Para añadir un sitio basta una, con su `nombre` y su `extraer`. Roadmap
    1.5: https://docs.python.org/3/tutorial/classes.html#inheritance
    """

    nombre: ClassVar[str]
    """Cómo se llama en la línea de órdenes."""

    ruta_entrada: ClassVar[str | None] = None
    """R2: la ruta de su formulario de entrada, si lo tiene («/entrar»)."""

    @abstractmethod
    def extraer(self, pagina: Pagina) -> Iterable[Articulo]:
        """Los artículos que hay en una página."""

    def enlaces(self, pagina: Pagina) -> Iterable[str]:
        """Por dónde se sigue: de fábrica, todos los <a href> de la página.

        Una subclase puede elegir otros, absolutos o relativos a `pagina.url`.
        """
        return enlaces_de(pagina)
