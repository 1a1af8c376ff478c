"""El bucle: una página, sus artículos, sus enlaces, y a por la siguiente."""

import logging
from collections.abc import Iterator

from scraper.almacen import Almacen
from scraper.analisis import normalizar, origen
from scraper.errores import NoSePuedeEmpezar, PaginaFallida, UsoIncorrecto
from scraper.modelo import Articulo, Opciones, Pagina
from scraper.sesion import Sesion
from scraper.sitio import Sitio

log = logging.getLogger(__name__)


class Rastreador:
    """Recorre un sitio desde una dirección."""

    def __init__(self, sitio: Sitio, inicio: str, opciones: Opciones) -> None:
        """Comprueba la dirección; no pide nada todavía."""
        direccion = normalizar("", inicio)
        if direccion is None:
            raise UsoIncorrecto(f"no es una dirección http o https: {inicio}")
        self.sitio = sitio
        self.inicio = direccion
        self.opciones = opciones
        self.paginas = 0
        self.fallidas = 0

    def rastrear(self) -> Iterator[tuple[str, Articulo]]:
        """Cada artículo con la dirección de su página, según se van encontrando."""
        with Almacen(
            self.opciones.base_datos, self.sitio.nombre, self.inicio
        ) as almacen:
            sesion = Sesion(self.inicio, self.opciones, self.sitio.ruta_entrada)
            try:
                self.empezar(sesion)
                while (url := almacen.siguiente()) and self.quedan():
                    yield from self.visitar(url, sesion, almacen)
                if url is None:
                    almacen.terminar()
            finally:
                sesion.guardar()

    def quedan(self) -> bool:
        """Si --max-paginas deja pedir otra."""
        limite = self.opciones.max_paginas
        return limite is None or self.paginas < limite

    def empezar(self, sesion: Sesion) -> None:
        """Lee robots.txt y comprueba que deja empezar."""
        try:
            sesion.descargador.leer_robots()
            sesion.descargador.comprobar(self.inicio)
        except PaginaFallida as error:
            raise NoSePuedeEmpezar(str(error)) from error

    def visitar(
        self, url: str, sesion: Sesion, almacen: Almacen
    ) -> Iterator[tuple[str, Articulo]]:
        """Trae una página, la guarda y entrega sus artículos."""
        self.paginas += 1
        try:
            pagina = sesion.traer(url).pagina()
            articulos, enlaces = self.leer(pagina, sesion) if pagina else ([], [])
        except PaginaFallida as error:
            if url == self.inicio:
                raise NoSePuedeEmpezar(f"{url}: {error}") from error
            log.error("%s: %s", url, error)
            self.fallidas += 1
            almacen.guardar_pagina(url, url)
            return
        final = pagina.url if pagina else url
        almacen.guardar_pagina(url, final, articulos, enlaces)
        log.info("%s: %d artículos", final, len(articulos))
        for articulo in articulos:
            yield final, articulo

    def leer(self, pagina: Pagina, sesion: Sesion) -> tuple[list[Articulo], list[str]]:
        """Los artículos y los enlaces de una página: o se lee entera, o falla."""
        try:
            articulos = list(self.sitio.extraer(pagina))
            destinos = list(self.sitio.enlaces(pagina))
        except Exception as error:
            motivo = f"{type(error).__name__}: {error}"
            raise PaginaFallida(f"no se entiende ({motivo})") from error
        direcciones = (normalizar(pagina.url, destino) for destino in destinos)
        return articulos, [
            direccion
            for direccion in direcciones
            if direccion and self.interesa(direccion, sesion)
        ]

    def interesa(self, url: str, sesion: Sesion) -> bool:
        """Si es una página de este sitio que se puede rastrear."""
        return (
            origen(url) == origen(self.inicio)
            and not sesion.es_entrada(url)
            and sesion.descargador.robots.permite(url)
        )
