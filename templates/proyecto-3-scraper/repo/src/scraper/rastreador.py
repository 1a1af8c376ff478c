"""El bucle: una página, sus artículos, sus enlaces, y a por la siguiente."""

import logging
from collections.abc import Iterator

from scraper.modelo import Articulo, Opciones
from scraper.sesion import Sesion
from scraper.sitio import Sitio

log = logging.getLogger(__name__)


class Rastreador:
    """Recorre un sitio desde una dirección.

    No sabe de qué sitio se trata: le basta con lo que promete la clase Sitio.
    """

    def __init__(self, sitio: Sitio, inicio: str, opciones: Opciones) -> None:
        """Prepara el rastreo; no pide nada todavía.

        R1: si `inicio` no es una dirección http o https, es UsoIncorrecto.
        """
        self.sitio = sitio
        self.inicio = inicio
        self.opciones = opciones
        self.paginas = 0
        self.fallidas = 0

    def rastrear(self) -> Iterator[tuple[str, Articulo]]:
        """Cada artículo con la dirección de su página, según se van encontrando.

        R1: hace falta una cola de direcciones pendientes y un conjunto de las ya
        vistas. Con «yield» cada artículo sale en cuanto se encuentra. Una página que
        falla se cuenta en `fallidas` y no detiene a las demás. R4: con --base-datos,
        la cola y lo visto viven en el almacén, y así sobreviven. Roadmap 1.4:
        https://docs.python.org/3/howto/functional.html#generators
        """
        sesion = Sesion(self.inicio, self.opciones, self.sitio.ruta_entrada)
        log.debug("se empieza por %s", self.inicio)
        sesion.traer(self.inicio)
        raise NotImplementedError("R1 · recorrer el sitio")
