"""Cómo llegan las pruebas de requisitos a tu programa, cuando es un servicio de red.

Las mismas pruebas valen para tres maneras de ponerlo en marcha:

- lo normal: en un hilo de este mismo proceso, detrás de un socket de verdad;
- ``--proceso``: en un proceso aparte, como en producción;
- ``--direccion URL``: el que ya esté funcionando en esa dirección.

El programa arranca dentro de la primera prueba que pide su dirección, y lo comparten
todas menos las marcadas con ``@pytest.mark.aislada``: cada una de esas tiene el suyo,
con su carpeta vacía y sus ajustes (``@pytest.mark.aislada(LIMITE="10")``). Las que
solo lo reinician (``@pytest.mark.aislada("reinicia")``) usan el de todas. Si no
arranca, las pruebas fallan enseguida y sin volver a intentarlo; si se queda colgado o
se muere, la prueba siguiente tiene uno nuevo.

En tests/requisitos/conftest.py basta con decir cómo es el programa::

    PROGRAMA = Programa(
        paquete="tienda.main",   # lo que se importa: sus errores salen tal cual
        en_hilo=partial(asgi.en_hilo, "tienda.main:crear_app"),
        orden=partial(asgi.orden, "tienda.main:crear_app"),
        ajustes=lambda carpeta: {"MEDIA_DIR": str(carpeta / "media")},
        recursos=[BaseDeDatos(migrar), Redis()],
        trabajadores={"correos": Trabajador(orden_de_celery, listo="ready.")},
    )

    @pytest.fixture(scope="session")
    def programa() -> Programa:
        return PROGRAMA

y tomar de motor/fixtures.py las que hagan falta: ``servicio`` y ``servicios``. Además
del programa, una prueba puede pedirle a su servicio:

- ``trabajador("correos")``: ese proceso; si lo mata, pedirlo otra vez lo arranca;
- ``otro()``: un segundo proceso web, con los mismos ajustes;
- ``recurso("Redis")``: para pararlo un rato (``with recurso.parado():``);
- ``vaciar()``: los recursos, como recién hechos, sin reiniciar nada. Con
  ``@pytest.mark.aislada("vacia")`` se hace antes de la prueba.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from motor.arranque import Arranque, Avisar, Hilo, Proceso, Programa, Trabajador
from motor.puertos import acepta, puerto_libre
from motor.servicio import Servicio

__all__ = [
    "Avisar",
    "Programa",
    "Servicio",
    "Servicios",
    "Trabajador",
    "acepta",
    "puerto_libre",
]

PLAZO_RESPUESTA = 5.0
"""Segundos que un cliente espera una respuesta; tras tres esperas en vano, uno."""


class Servicios:
    """Los programas de una sesión de pruebas: el que comparten y los aislados."""

    def __init__(
        self,
        programa: Programa,
        config: pytest.Config,
        carpeta: Callable[[str], Path],
    ) -> None:
        """``carpeta`` crea una carpeta vacía cada vez (tmp_path_factory.mktemp)."""
        self.programa = programa
        self.raiz = config.rootpath
        self.direccion: str | None = config.getoption("--direccion", None)
        self.en_proceso = bool(config.getoption("--proceso", False))
        self.esperas_en_vano = 0
        self._mktemp = carpeta
        self._compartido: Servicio | None = None
        self._fallos: dict[frozenset[tuple[str, str]], str] = {}

    def __enter__(self) -> Servicios:
        """Sin efectos: nada arranca hasta que una prueba lo pide."""
        return self

    def __exit__(self, *_: object) -> None:
        """Detiene el programa compartido, y después los recursos."""
        if self._compartido is not None:
            self._compartido.cerrar()
        for recurso in self.programa.recursos:
            recurso.cerrar()
        if self.esperas_en_vano:
            # Un manejador colgado en un ThreadPoolExecutor impediría salir a Python.
            colas = getattr(
                sys.modules.get("concurrent.futures.thread"), "_threads_queues", {}
            )
            colas.clear()

    @property
    def plazo(self) -> float:
        """Segundos que espera un cliente: menos si el programa ya ha agotado varios."""
        return PLAZO_RESPUESTA if self.esperas_en_vano < 3 else 1.0

    def para(self, request: pytest.FixtureRequest) -> Iterator[Servicio]:
        """El programa de una prueba: el compartido, o el suyo si está aislada."""
        marca = request.node.get_closest_marker("aislada")
        propio = marca is not None and not marca.args
        servicio = self.nuevo(**marca.kwargs) if propio else self.compartido()
        if marca is not None and "vacia" in marca.args and servicio.ajustes:
            servicio.vaciar()
        try:
            yield servicio
        finally:
            if self.en_proceso and (salida := servicio.salida()):
                request.node.add_report_section("teardown", "de tu programa", salida)
            servicio.cerrar_otros()
            if propio:
                servicio.cerrar()

    def nuevo(self, **ajustes: str) -> Servicio:
        """Un programa con su carpeta vacía y estos ajustes; ciérralo al acabar."""
        return Servicio(self, lambda: self._mktemp("programa"), ajustes)

    def compartido(self) -> Servicio:
        """El de todas; si el que había se ha colgado o se ha muerto, uno nuevo."""
        if self._compartido is not None and not self._compartido.vivo():
            self._compartido.cerrar()
            self._compartido = None
        if self._compartido is not None:
            self._compartido.revivir()
        else:
            self._compartido = Servicio(
                self, lambda: self._mktemp("programa"), fija=self.direccion
            )
        return self._compartido

    def lanzar(self, servicio: Servicio) -> Arranque:
        """Arranca un programa de la manera que se haya elegido."""
        if self.en_proceso or servicio.siempre_aparte or not self.programa.en_hilo:
            return Proceso(self.programa, servicio.ajustes, self.raiz)
        return Hilo(self.programa, servicio.ajustes)

    def recordar(self, cambios: Mapping[str, str], error: AssertionError) -> None:
        """Apunta que con esos ajustes no arranca, para no esperarlo otra vez."""
        self._fallos[frozenset(cambios.items())] = str(error)

    def comprobar(self, cambios: Mapping[str, str]) -> None:
        """Falla si ya se sabe que no arranca, con esos ajustes o con los de siempre."""
        for clave in (frozenset[tuple[str, str]](), frozenset(cambios.items())):
            if clave in self._fallos:
                raise AssertionError(self._fallos[clave])
