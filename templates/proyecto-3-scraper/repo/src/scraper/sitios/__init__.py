"""Los sitios que se saben rastrear: uno por archivo de esta carpeta."""

from scraper.sitio import Sitio
from scraper.sitios.libreria import Libreria


def cargar() -> dict[str, type[Sitio]]:
    """Todos los sitios que hay, por su nombre y en orden alfabético.

    R5: así, cada sitio nuevo obliga a tocar esta lista. Haz que se encuentren solos:
    pkgutil.iter_modules(__path__) dice qué archivos hay, importlib.import_module los
    importa, y Sitio.__subclasses__() conoce a sus hijas. Roadmap 1.5:
    https://docs.python.org/3/tutorial/classes.html#inheritance
    """
    return {Libreria.nombre: Libreria}
