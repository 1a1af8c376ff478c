"""Lo que el programa necesita y no es suyo: bases de datos, colas, otras empresas.

Un recurso se empieza la primera vez que hace falta, lo comparten todos los programas
de la sesión (cada uno en su rincón, que no ven los demás) y se recoge al acabar. Es,
por este orden: el que diga su variable de entorno; uno que se arranca aquí, si su
programa está en este ordenador; o un sustituto, donde haya uno que sirva. Si no, la
prueba falla y dice cómo conseguirlo.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest

from motor.entorno import entorno_de_prueba
from motor.procesos import Proceso
from motor.puertos import puerto_libre


class Recurso:
    """Lo que ofrece cualquiera de ellos."""

    nombre = ""

    def rincon(self, carpeta: Path) -> AbstractContextManager[Mapping[str, str]]:
        """Aparta un rincón para un programa y da los ajustes; al salir, lo recoge.

        Lo que haya que guardar en un archivo va en ``carpeta``. Falla con
        AssertionError si no hay manera de tener el recurso.
        """
        raise NotImplementedError

    def vaciar(self, ajustes: Mapping[str, str]) -> None:
        """Deja como nuevo el rincón que dio esos ajustes, sin parar nada."""

    @contextmanager
    def parado(self) -> Iterator[None]:
        """Lo para mientras dura el bloque; después vuelve, en la misma dirección."""
        pytest.skip(f"{self.nombre or 'este recurso'} no se puede parar aquí")
        yield

    def cerrar(self) -> None:
        """Lo recoge todo, al acabar la sesión."""


class Demonio(Recurso):
    """Un servidor: el de la variable de entorno, o uno que se arranca aquí."""

    variable = ""
    """La variable con su URL, para las pruebas y para el programa."""
    programas: Sequence[str] = ()
    """Los ejecutables que hacen falta para arrancarlo."""
    carpetas: Sequence[Path] = ()
    """Dónde buscarlos, además de en PATH."""
    como_conseguirlo = ""
    """Qué se le dice a quien no lo tiene."""
    plazo = 15.0

    def __init__(self) -> None:
        """Sin efectos: se empieza con el primer rincón."""
        self._propio: Proceso | None = None
        self._puerto = 0
        self._carpeta: Path | None = None
        self._fallo = ""

    def orden(self, puerto: int, carpeta: Path) -> Sequence[str]:
        """La orden que lo arranca en ese puerto, con sus archivos en esa carpeta."""
        raise NotImplementedError

    def url_en(self, puerto: int) -> str:
        """Su dirección cuando lo arrancamos aquí."""
        raise NotImplementedError

    def contesta(self, url: str) -> bool:
        """Si ya atiende."""
        raise NotImplementedError

    def preparar(self, carpeta: Path) -> None:
        """Lo que haya que hacer una vez en su carpeta, antes de arrancarlo."""

    def opciones(self) -> Mapping[str, Any]:
        """Opciones de subprocess.Popen con las que arrancarlo (user, por ejemplo)."""
        return {}

    def de_fuera(self) -> str:
        """La URL de uno que ya está en marcha, si la dice la variable de entorno."""
        return os.environ.get(self.variable, "")

    def ejecutable(self, nombre: str) -> str | None:
        """Dónde está un programa en este ordenador."""
        rutas = os.pathsep.join([os.environ.get("PATH", ""), *map(str, self.carpetas)])
        return shutil.which(nombre, path=rutas)

    def disponible(self) -> bool:
        """Si lo hay, o se puede arrancar aquí."""
        return bool(self.de_fuera() or all(map(self.ejecutable, self.programas)))

    def url(self) -> str:
        """La dirección del servidor; si no estaba en marcha, lo arranca."""
        if url := self.de_fuera():
            return url
        if self._fallo:
            raise AssertionError(self._fallo)
        if self._propio is None:
            self._empezar()
        return self.url_en(self._puerto)

    def _empezar(self) -> None:
        try:
            if not self.disponible():
                raise AssertionError(
                    f"Esta prueba necesita {self.nombre}, y no está en este ordenador. "
                    f"{self.como_conseguirlo}"
                )
            self._carpeta = Path(tempfile.mkdtemp(prefix="recurso-"))
            self.preparar(self._carpeta)
            self._puerto = puerto_libre()
            self._arrancar()
        except AssertionError as error:
            self._fallo = str(error)  # que no se espere otra vez
            raise

    def _arrancar(self) -> None:
        assert self._carpeta is not None
        orden = self.orden(self._puerto, self._carpeta)
        entorno = entorno_de_prueba()
        propio = Proceso(orden, entorno, self._carpeta, **self.opciones())
        final = time.monotonic() + self.plazo
        while not self.contesta(self.url_en(self._puerto)):
            if not propio.vivo() or time.monotonic() > final:
                propio.matar()
                raise AssertionError(
                    f"Se esperaba que {self.nombre} arrancara, y no contesta.\n"
                    f"$ {' '.join(orden)}\n{propio.salida()}"
                )
            time.sleep(0.01)
        self._propio = propio

    @contextmanager
    def parado(self) -> Iterator[None]:
        """Lo para de verdad, si lo arrancamos aquí; al salir, lo arranca de nuevo."""
        if self.de_fuera():
            pytest.skip(
                f"no se puede parar el {self.nombre} de {self.variable}: quita esa "
                "variable para que las pruebas arranquen uno"
            )
        self.url()
        assert self._propio is not None
        self.despedir(self._propio)
        self._propio.parar(10)
        try:
            yield
        finally:
            self._arrancar()

    def despedir(self, propio: Proceso) -> None:
        """Lo que haya que decirle antes de pararlo; después recibe SIGTERM."""

    def cerrar(self) -> None:
        """Lo para y borra su carpeta."""
        if self._propio is not None:
            self._propio.parar(5)
            self._propio = None
        if self._carpeta is not None:
            shutil.rmtree(self._carpeta, ignore_errors=True)
            self._carpeta = None


class Servidor(Protocol):
    """Lo que un servidor de mentira tiene que tener."""

    url: str

    def vaciar(self) -> None:
        """Olvida lo que le han pedido."""

    def cerrar(self) -> None:
        """Deja de escuchar."""


class Tercero(Recurso):
    """Un servicio de otra empresa: aquí, uno pequeño que lo imita."""

    def __init__(
        self,
        nombre: str,
        crear: Callable[[int], Servidor],
        ajustes: Callable[[Servidor], Mapping[str, str]],
    ) -> None:
        """``crear`` da uno que ya escucha en ese puerto; ``ajustes``, su dirección."""
        self.nombre = nombre
        self._crear, self._ajustes = crear, ajustes
        self._servidor: Servidor | None = None
        self._puerto = 0

    @property
    def servidor(self) -> Any:
        """El de esta sesión, para mirar qué le han pedido y decidir qué contesta."""
        if self._servidor is None:
            self._puerto = self._puerto or puerto_libre()
            self._servidor = self._crear(self._puerto)
        return self._servidor

    @contextmanager
    def rincon(self, carpeta: Path) -> Iterator[Mapping[str, str]]:
        """Es el mismo para todos los programas."""
        del carpeta
        yield self._ajustes(self.servidor)

    def vaciar(self, ajustes: Mapping[str, str]) -> None:
        """Olvida lo que le han pedido."""
        del ajustes
        self.servidor.vaciar()

    @contextmanager
    def parado(self) -> Iterator[None]:
        """No escucha nadie en su dirección; al salir hay otro, que no recuerda nada."""
        self.cerrar()
        try:
            yield
        finally:
            _ = self.servidor

    def cerrar(self) -> None:
        """Deja de escuchar."""
        if self._servidor is not None:
            self._servidor.cerrar()
            self._servidor = None
