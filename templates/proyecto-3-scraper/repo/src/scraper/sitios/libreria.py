"""La librería del README: el primer sitio, y el ejemplo para los demás."""

from collections.abc import Iterable

from scraper.modelo import Articulo, Pagina
from scraper.sitio import Sitio


class Libreria(Sitio):
    """Una librería en línea, con páginas para socios."""

    nombre = "libreria"
    ruta_entrada = "/entrar"

    def extraer(self, pagina: Pagina) -> Iterable[Articulo]:
        """Un artículo por cada elemento de clase «libro» que tenga código y título.

        R1: escribe un HTMLParser que sepa en qué campo está en cada momento. Piensa
        qué pasa si falta una etiqueta de cierre.
        """
        raise NotImplementedError("R1 · los libros de una página")


def en_centimos(texto: str) -> int | None:
    """«1.012,50 €» son 101250; si ahí no hay un precio, None.

    R1: sin pasar por float. Roadmap 1.3: https://docs.python.org/3/library/re.html
    """
    raise NotImplementedError("R1 · leer un precio")
