"""Los sitios que se saben rastrear: uno por archivo de esta carpeta."""

import importlib
import inspect
import logging
import pkgutil
from collections.abc import Iterator
from typing import Any

from scraper.errores import UsoIncorrecto
from scraper.sitio import Sitio

log = logging.getLogger(__name__)


def cargar() -> dict[str, type[Sitio]]:
    """Todos los sitios que hay, por su nombre y en orden alfabético.

    Importa los archivos de esta carpeta; cualquier subclase de Sitio que diga su nombre
    queda encontrada. Un archivo roto se cuenta y no estropea los demás.
    """
    for modulo in pkgutil.iter_modules(__path__):
        try:
            importlib.import_module(f"{__name__}.{modulo.name}")
        except Exception as error:
            log.warning(
                "sitios/%s.py no se puede importar: %s: %s",
                modulo.name,
                type(error).__name__,
                error,
            )
    sitios: dict[str, type[Sitio]] = {}
    for clase in descendientes(Sitio):
        nombre = vars(clase).get("nombre")
        if not nombre:
            continue
        if inspect.isabstract(clase):
            log.warning("a %s le falta el método «extraer»", clase.__qualname__)
            continue
        if nombre in sitios:
            otra = sitios[nombre].__qualname__
            raise UsoIncorrecto(
                f"{otra} y {clase.__qualname__} se llaman igual: «{nombre}»"
            )
        sitios[nombre] = clase
    return dict(sorted(sitios.items()))


def descendientes(clase: type[Any]) -> Iterator[type[Sitio]]:
    """Las subclases de una clase, y las de sus subclases."""
    for hija in clase.__subclasses__():
        yield hija
        yield from descendientes(hija)
