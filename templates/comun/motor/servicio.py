"""El programa de quien aprende, tal como lo ve una prueba de requisitos."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from motor.arranque import Arranque, Proceso, lanzar_en, mostrar
from motor.limites import plazo
from motor.puertos import acepta

if TYPE_CHECKING:
    import subprocess

    from motor import procesos
    from motor.servicios import Servicios

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
        self._trabajadores: dict[str, procesos.Proceso] = {}
        self._listos: set[int] = set()
        self._otros: list[Servicio] = []
        self._recoger = ExitStack()
        self._ya_estuvo = False
        self.siempre_aparte = False
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
        return arranque.popen if isinstance(arranque, Proceso) else None

    def preparar(self) -> dict[str, str]:
        """Prepara carpeta y ajustes sin arrancar todavía, y da los ajustes."""
        if not self.ajustes and self._fija is None:
            programa = self._servicios.programa
            self.carpeta = self._crear_carpeta()
            ajustes = dict(programa.ajustes(self.carpeta))
            with ExitStack() as pila:
                for recurso in programa.recursos:
                    ajustes |= pila.enter_context(recurso.rincon(self.carpeta))
                self._recoger = pila.pop_all()
            self.ajustes = ajustes | self._cambios
        return self.ajustes

    def arrancar(self, **cambios: str) -> None:
        """Lo pone en marcha, con estos ajustes cambiados; la carpeta es la misma."""
        self._servicios.comprobar(self._cambios)
        try:
            self.preparar()
            self.ajustes |= cambios
            self._poner_en_marcha()
        except AssertionError as error:
            if not self._ya_estuvo and not cambios:
                self._servicios.recordar(self._cambios, error)
            raise
        self._ya_estuvo = True

    def _poner_en_marcha(self) -> None:
        """Todos los procesos a la vez, y espera a que todos estén listos."""
        todos = {} if self.siempre_aparte else self._servicios.programa.trabajadores
        empiezan = [nombre for nombre, uno in todos.items() if uno.siempre]
        try:
            for nombre in empiezan:
                if nombre not in self._trabajadores:
                    self._lanzar(nombre)
            self._arranque = self._servicios.lanzar(self)
            for nombre in empiezan:
                self._esperar(nombre)
        except BaseException:
            self.parar(0)
            raise

    def _lanzar(self, nombre: str) -> None:
        orden = self._servicios.programa.trabajadores[nombre].orden(self.ajustes)
        raiz = self._servicios.raiz
        self._trabajadores[nombre] = lanzar_en(raiz, orden, self.ajustes)

    def _esperar(self, nombre: str) -> None:
        uno = self._servicios.programa.trabajadores[nombre]
        proceso = self._trabajadores[nombre]
        if proceso.pid in self._listos:
            return
        if uno.listo and not proceso.espera(uno.listo, plazo(uno.plazo)):
            raise AssertionError(
                f"Se esperaba que «{nombre}» dijera «{uno.listo}» al arrancar, y no lo "
                f"ha dicho.\n{mostrar(proceso)}"
            )
        self._listos.add(proceso.pid)

    def trabajador(self, nombre: str) -> procesos.Proceso:
        """Ese otro proceso del programa; si no está en marcha, lo arranca."""
        _ = self.direccion
        if self._fija is not None:
            pytest.skip(f"con --direccion no se puede arrancar «{nombre}»")
        actual = self._trabajadores.get(nombre)
        if actual is None or not actual.vivo():
            self._lanzar(nombre)
        self._esperar(nombre)
        return self._trabajadores[nombre]

    def adelantar(self, *nombres: str) -> None:
        """Arranca ya esos procesos, que tardan, y no los espera: lo hará quien los pida.

        Puede dar AssertionError, si no se pueden tener los recursos.
        """
        if self._fija is None:
            self.preparar()
            for nombre in nombres:
                self._lanzar(nombre)

    def revivir(self) -> None:
        """Arranca otra vez los trabajadores de siempre que se hayan muerto."""
        todos = self._servicios.programa.trabajadores
        for nombre, proceso in list(self._trabajadores.items()):
            if todos[nombre].siempre and not proceso.vivo():
                self.trabajador(nombre)

    def otro(self) -> Servicio:
        """Un segundo proceso web sobre los mismos datos, hasta que acabe la prueba."""
        if self._fija is not None:
            pytest.skip("con --direccion no se puede arrancar otro proceso")
        _ = self.direccion
        nuevo = Servicio(self._servicios, lambda: self.carpeta)
        nuevo.siempre_aparte = True
        nuevo.carpeta, nuevo.ajustes = self.carpeta, dict(self.ajustes)
        self._otros.append(nuevo)
        return nuevo

    def recurso(self, nombre: str) -> Any:
        """El recurso que se llama así («Redis»), para pararlo o mirarlo."""
        recursos = self._servicios.programa.recursos
        return next(recurso for recurso in recursos if recurso.nombre == nombre)

    def vaciar(self) -> None:
        """Deja los recursos como recién hechos, con el programa en marcha."""
        for recurso in self._servicios.programa.recursos:
            recurso.vaciar(self.preparar())

    def parar(self, plazo: float = PLAZO_PARADA) -> bool:
        """Lo detiene y conserva su carpeta; dice si acabó a tiempo y por las buenas."""
        arranque, self._arranque = self._arranque, None
        trabajadores, self._trabajadores = self._trabajadores, {}
        if plazo > 0:
            for trabajador in trabajadores.values():
                trabajador.pedir_que_pare()
        bien = arranque is None or arranque.parar(plazo)
        return all([bien, *(uno.parar(plazo) for uno in trabajadores.values())])

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
        partes = [self._arranque.salida()] if self._arranque else []
        for nombre, proceso in self._trabajadores.items():
            if texto := proceso.salida():
                partes.append(f"--- {nombre}\n{texto}")
        return "\n".join(filter(None, partes))

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
        """Lo detiene y recoge sus rincones de los recursos."""
        self.cerrar_otros()
        self.parar(0.2 if self.colgado else PLAZO_PARADA)
        self._recoger.close()

    def cerrar_otros(self) -> None:
        """Detiene los demás procesos web."""
        while self._otros:
            self._otros.pop().cerrar()
