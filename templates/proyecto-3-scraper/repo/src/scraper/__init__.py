"""Web Scraper: lo que hace falta para escribir un sitio nuevo se importa de aquí."""

from scraper.modelo import Articulo, Pagina
from scraper.sitio import Sitio

__all__ = ["Articulo", "Pagina", "Sitio", "__version__"]

__version__ = "0.1.0"
