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
        paquete="blog.main",     # lo que se importa: sus errores salen tal cual
        entorno=entorno,         # carpeta vacía -> gestor de contexto con los ajustes
        en_hilo=en_hilo,         # (ajustes, avisar): sirve hasta que se lo piden
        orden=orden,             # (ajustes, puerto) -> la orden de un proceso
    )

    @pytest.fixture(scope="session")
    def servicios(pytestconfig, tmp_path_factory):
        with Servicios(PROGRAMA, pytestconfig, tmp_path_factory.mktemp) as todos:
            yield todos

    @pytest.fixture
    def servicio(request, servicios):
        yield from servicios.para(request)
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from motor.arranque import (
    Arranque,
    Avisar,
    Hilo,
    Proceso,
    Programa,
    acepta,
    puerto_libre,
)

if TYPE_CHECKING:
    import subprocess

    import pytest

__all__ = ["Avisar", "Programa", "Servicio", "Servicios", "acepta", "puerto_libre"]

PLAZO_RESPUESTA = 5.0
"""Segundos que un cliente espera una respuesta; tras tres esperas en vano, uno."""
PLAZO_PARADA = 3.0
"""Segundos que tiene para acabar por las buenas cuando se le pide."""


class Servicio:
    """El programa, tal como lo ve una prueba: arranca cuando se pide su dirección."""

    def __init__(
        self,
        servicios: Servicios,
        carpeta: Callable[[], Path],
        cambios: Mapping[str, str] | None = None,
        fija: str | None = None,
    ) -> None:
        """``fija`` es la dirección de --direccion: nada que arrancar ni que parar."""
        self._servicios = servicios
        self._crear_carpeta = carpeta
        self._cambios = dict(cambios or {})
        self._fija = fija
        self._arranque: Arranque | None = None
        self._recoger = ExitStack()
        self._ya_estuvo = False
        self.ajustes: dict[str, str] = {}
        """Con los que ha arrancado; vacío hasta entonces, y con --direccion."""
        self.colgado = False

    @property
    def direccion(self) -> str:
        """Su dirección (http://127.0.0.1:41234); si no estaba en marcha, lo arranca.

        Falla con AssertionError si no puede. Un error al importar el paquete de quien
        aprende sale tal cual.
        """
        if self._fija is not None:
            return self._fija
        if self._arranque is None:
            self.arrancar()
        assert self._arranque is not None
        return self._arranque.direccion

    @property
    def host(self) -> str:
        """El nombre o la dirección IP, para sockets."""
        return urlsplit(self.direccion).hostname or "127.0.0.1"

    @property
    def puerto(self) -> int:
        """El puerto, para sockets."""
        partes = urlsplit(self.direccion)
        return partes.port or {"https": 443, "wss": 443}.get(partes.scheme, 80)

    @property
    def plazo(self) -> float:
        """Segundos que los clientes de las pruebas deben esperar como mucho."""
        return self._servicios.plazo

    @property
    def proceso(self) -> subprocess.Popen[bytes] | None:
        """Con --proceso y en marcha, su proceso."""
        arranque = self._arranque
        return arranque.proceso if isinstance(arranque, Proceso) else None

    def preparar(self) -> dict[str, str]:
        """Prepara carpeta y ajustes sin arrancar todavía, y da los ajustes."""
        if not self.ajustes and self._fija is None:
            self.carpeta = self._crear_carpeta()
            entorno = self._servicios.programa.entorno(self.carpeta)
            self.ajustes = dict(self._recoger.enter_context(entorno)) | self._cambios
        return self.ajustes

    def arrancar(self, **cambios: str) -> None:
        """Lo pone en marcha, con estos ajustes cambiados; la carpeta es la misma."""
        self._servicios.comprobar(self._cambios)
        try:
            self.preparar()
            self.ajustes |= cambios
            self._arranque = self._servicios.lanzar(self)
        except AssertionError as error:
            if not self._ya_estuvo and not cambios:
                self._servicios.recordar(self._cambios, error)
            raise
        self._ya_estuvo = True

    def parar(self, plazo: float = PLAZO_PARADA) -> bool:
        """Lo detiene y conserva su carpeta; dice si acabó a tiempo y por las buenas."""
        arranque, self._arranque = self._arranque, None
        return arranque is None or arranque.parar(plazo)

    def reiniciar(self, **cambios: str) -> None:
        """Lo detiene y lo arranca otra vez sobre los mismos datos."""
        self.parar()
        self.arrancar(**cambios)

    def vivo(self) -> bool:
        """No ha muerto ni se ha colgado (o todavía no ha arrancado)."""
        if self._fija is not None or self._arranque is None:
            return True
        # Preguntar al puerto descubre también al que se está muriendo ahora mismo.
        return (
            not self.colgado
            and self._arranque.vivo()
            and acepta(self.puerto, self.host)
        )

    def salida(self) -> str:
        """Lo último que ha escrito, si se sabe, para enseñarlo en un fallo."""
        return self._arranque.salida() if self._arranque else ""

    @contextmanager
    def vigilar(self, *esperas: type[BaseException], que: str = "") -> Iterator[None]:
        """Convierte en fallo de la prueba que el programa no conteste o se muera.

        Envuelve con él cada conversación. ``esperas`` son las excepciones de tiempo
        agotado de tu cliente, además de TimeoutError; ``que``, lo que se le pedía.
        """
        que = f" a {que}" if que else ""
        agotado: tuple[type[BaseException], ...] = (TimeoutError, *esperas)
        try:
            yield
        except agotado as error:
            self.colgado = True
            self._servicios.esperas_en_vano += 1
            raise AssertionError(
                f"Se esperaba una respuesta{que}, y no ha llegado a tiempo "
                f"({type(error).__name__}).{self._con_salida()}"
            ) from error
        except ConnectionError as error:
            raise AssertionError(
                f"Se esperaba una respuesta{que}, y la conexión se cortó "
                f"({error}).{self._con_salida()}"
            ) from error

    def _con_salida(self) -> str:
        salida = self.salida()
        return f"\n--- lo que escribió tu programa ---\n{salida}" if salida else ""

    def cerrar(self) -> None:
        """Lo detiene y recoge lo que su entorno había preparado."""
        self.parar(0.2 if self.colgado else PLAZO_PARADA)
        self._recoger.close()


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
        """Detiene el programa compartido."""
        if self._compartido is not None:
            self._compartido.cerrar()
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
        try:
            yield servicio
        finally:
            if self.en_proceso and (salida := servicio.salida()):
                request.node.add_report_section("teardown", "de tu programa", salida)
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
        if self._compartido is None:
            self._compartido = Servicio(
                self, lambda: self._mktemp("programa"), fija=self.direccion
            )
        return self._compartido

    def lanzar(self, servicio: Servicio) -> Arranque:
        """Arranca un programa de la manera que se haya elegido."""
        if self.en_proceso:
            return Proceso(self.programa, servicio.ajustes, servicio.carpeta, self.raiz)
        return Hilo(self.programa, servicio.ajustes)

    def recordar(self, cambios: Mapping[str, str], error: AssertionError) -> None:
        """Apunta que con esos ajustes no arranca, para no esperarlo otra vez."""
        self._fallos[frozenset(cambios.items())] = str(error)

    def comprobar(self, cambios: Mapping[str, str]) -> None:
        """Falla si ya se sabe que no arranca, con esos ajustes o con los de siempre."""
        for clave in (frozenset[tuple[str, str]](), frozenset(cambios.items())):
            if clave in self._fallos:
                raise AssertionError(self._fallos[clave])
