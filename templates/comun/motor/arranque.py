"""Pone en marcha el programa de quien aprende, en un hilo o en un proceso aparte.

Lo usa servicio.py, que es quien decide cuándo; aquí está cómo.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from motor import procesos
from motor.entorno import entorno_de_prueba
from motor.puertos import acepta, puerto_libre
from motor.recursos import Recurso

PLAZO_ARRANQUE = float(os.environ.get("REQUISITOS_PLAZO", "2"))
"""Segundos que tiene el programa para arrancar (aparte lo que tarda en importarse lo
ajeno). En un equipo muy lento se puede ampliar con esa variable de entorno."""

# Para subrayar una traza, Python analiza la línea con ast. Si dos hilos lo hacen a la
# vez (tu programa apunta un error mientras pytest enseña otro), Python 3.11 se confunde
# y pytest se rompe: github.com/python/cpython/issues/106905. Mejor sin subrayado.
SUBRAYADO = "_extract_caret_anchors_from_line_segment"
if hasattr(traceback, SUBRAYADO):
    setattr(traceback, SUBRAYADO, lambda segmento: None)

Avisar = Callable[[str, Callable[[], None]], None]
"""Lo llama ``en_hilo`` cuando ya escucha: con su dirección y cómo pedirle que pare."""


@dataclass(frozen=True)
class Trabajador:
    """Un proceso del programa que no atiende a la red: un worker, o un consumidor."""

    orden: Callable[[Mapping[str, str]], Sequence[str]]
    """De los ajustes, la orden que lo arranca."""
    listo: str = ""
    """Lo que escribe cuando ya está trabajando; si no lo dice, no se le espera."""
    plazo: float = 15.0
    """Segundos que tiene para decirlo."""
    siempre: bool = True
    """Si arranca con el programa, o solo cuando una prueba lo pide."""


@dataclass(frozen=True)
class Programa:
    """Qué se pone en marcha, y cómo."""

    paquete: str
    """Módulo de quien aprende que se importa antes de arrancar en un hilo."""
    orden: Callable[[Mapping[str, str], int], Sequence[str]]
    """De los ajustes y un puerto, la orden que lo arranca en un proceso aparte,
    escuchando en 127.0.0.1:puerto."""
    en_hilo: Callable[[Mapping[str, str], Avisar], None] | None = None
    """Arranca el programa en el hilo que lo llama, avisa cuando escucha, y vuelve
    cuando se le ha pedido parar. Mientras arranca, los ajustes están en os.environ.
    Sin esto, el programa siempre va en un proceso aparte."""
    ajustes: Callable[[Path], Mapping[str, str]] = lambda _: {}
    """De la carpeta de un programa, los ajustes que encontrará en su entorno."""
    recursos: Sequence[Recurso] = ()
    """Lo que necesita y no es suyo; cada uno añade sus ajustes."""
    trabajadores: Mapping[str, Trabajador] = field(default_factory=dict)
    """Sus otros procesos, por su nombre."""
    ajeno: Sequence[str] = ()
    """Bibliotecas pesadas: se importan antes y no cuentan en el plazo de arranque."""
    esquema: str = "http"
    """Lo que va delante de la dirección en un proceso aparte: http, ws, tcp…"""


class Arranque:
    """Un programa en marcha, sea en un hilo o en un proceso."""

    direccion: str

    def vivo(self) -> bool:
        """Si sigue en marcha."""
        raise NotImplementedError

    def parar(self, plazo: float) -> bool:
        """Le pide que acabe, y dice si lo hizo a tiempo y sin obligarlo."""
        raise NotImplementedError

    def salida(self) -> str:
        """Lo último que ha escrito, si se sabe."""
        return ""


class Hilo(Arranque):
    """El programa en un hilo «daemon»: si se cuelga, no impide acabar a pytest."""

    def __init__(self, programa: Programa, ajustes: Mapping[str, str]) -> None:
        assert programa.en_hilo is not None
        for nombre in programa.ajeno:
            importlib.import_module(nombre)
        self._paquete, self._en_hilo = programa.paquete, programa.en_hilo
        self._ajustes = ajustes
        self._aviso = threading.Event()
        self._error: BaseException | None = None
        self._importado = False
        self._pedir: Callable[[], None] | None = None
        self._hilo = threading.Thread(target=self._vivir, daemon=True, name="programa")
        with en_el_entorno(ajustes):
            self._hilo.start()
            a_tiempo = self._esperar()
        if self._pedir is None:
            raise self._por_que_no(a_tiempo)

    def _esperar(self) -> bool:
        """Espera el aviso; si el equipo va cargado, mientras siga trabajando."""
        if self._aviso.wait(PLAZO_ARRANQUE):
            return True
        for _ in range(16):
            gastado = time.process_time()
            if self._aviso.wait(PLAZO_ARRANQUE / 4):
                return True
            # El que se ha quedado dormido o esperando no gasta procesador.
            if time.process_time() - gastado < PLAZO_ARRANQUE / 80:
                return False
        return False

    def _vivir(self) -> None:
        try:
            importlib.import_module(self._paquete)
            self._importado = True
            self._en_hilo(self._ajustes, self._avisar)
        except BaseException as error:
            self._error = error
        finally:
            self._aviso.set()

    def _avisar(self, direccion: str, pedir: Callable[[], None]) -> None:
        self.direccion, self._pedir = direccion, pedir
        self._aviso.set()

    def _por_que_no(self, a_tiempo: bool) -> BaseException:
        error = self._error
        if isinstance(error, ImportError | SyntaxError):
            return error
        if isinstance(error, Exception) and not self._importado:
            return error
        if not a_tiempo:
            que = "arranque" if self._importado else f"«import {self._paquete}»"
            return AssertionError(
                f"Se esperaba que tu programa estuviera escuchando, y tras "
                f"{PLAZO_ARRANQUE:g} s su {que} no ha terminado."
            )
        if error is None:
            return AssertionError(
                "Se esperaba que tu programa se quedara escuchando, y terminó solo."
            )
        traza = "".join(traceback.format_exception(error)[-4:])
        fallo = AssertionError(
            f"Se esperaba que tu programa arrancara, y se detuvo con un error:\n{traza}"
        )
        fallo.__cause__ = error
        return fallo

    def vivo(self) -> bool:
        """Si el hilo no ha terminado."""
        return self._hilo.is_alive()

    def parar(self, plazo: float) -> bool:
        """Se lo pide y lo espera; si no acaba, lo abandona: muere con pytest."""
        if self._pedir is not None:
            with suppress(RuntimeError):  # el bucle ya está cerrado: acabó solo
                self._pedir()
        self._hilo.join(plazo)
        return not self._hilo.is_alive()

    def salida(self) -> str:
        """El error que lo detuvo; lo que registra con logging ya lo enseña pytest."""
        if self._error is None:
            return ""
        return "".join(traceback.format_exception(self._error)[-4:])


class Proceso(Arranque):
    """El programa en un proceso aparte."""

    def __init__(
        self, programa: Programa, ajustes: Mapping[str, str], raiz: Path
    ) -> None:
        for intento in range(3):
            puerto = puerto_libre()
            self.direccion = f"{programa.esquema}://127.0.0.1:{puerto}"
            self._proceso = lanzar_en(raiz, programa.orden(ajustes, puerto), ajustes)
            self.popen = self._proceso.popen
            if self._esperar(puerto, programa):
                return
            codigo = self.popen.poll()
            self.parar(0)
            ocupado = "in use" in self.salida() or "10048" in self.salida()
            if codigo is None or not ocupado or intento == 2:
                break
        como = "no escucha a tiempo" if codigo is None else f"acabó con código {codigo}"
        raise AssertionError(
            f"Se esperaba que tu programa estuviera escuchando en {self.direccion}, y "
            f"{como}.\n{mostrar(self._proceso)}"
        )

    def _esperar(self, puerto: int, programa: Programa) -> bool:
        """Espera a que escuche; si calla un segundo, mide primero cuánto es justo."""
        inicio = time.monotonic()
        plazo = PLAZO_ARRANQUE
        medido = False
        while (llevo := time.monotonic() - inicio) < plazo:
            if self.popen.poll() is not None:
                return False
            if acepta(puerto):
                return True
            if llevo > PLAZO_ARRANQUE / 2 and not medido:
                medido = True
                plazo = max(plazo, 4 * _cuanto_tarda_importar(programa.ajeno))
            time.sleep(0.02)
        return False

    def vivo(self) -> bool:
        """Si el proceso no ha terminado."""
        return self._proceso.vivo()

    def parar(self, plazo: float) -> bool:
        """Le pide que acabe y lo espera; si sigue, lo mata con sus hijos."""
        return self._proceso.parar(plazo)

    def matar(self) -> None:
        """De golpe y con sus hijos, como un corte de luz (SIGKILL)."""
        self._proceso.matar()

    def salida(self) -> str:
        """El final de lo que ha escrito, en su salida normal y en la de error."""
        return self._proceso.salida()


def lanzar_en(
    raiz: Path, orden: Sequence[str], ajustes: Mapping[str, str]
) -> procesos.Proceso:
    """Arranca una orden del programa en la carpeta del proyecto, con sus ajustes."""
    entorno = entorno_de_prueba({"PYTHONUNBUFFERED": "1"}) | dict(ajustes)
    return procesos.Proceso(orden, entorno, raiz)


def mostrar(proceso: procesos.Proceso) -> str:
    """La orden y lo que ha escrito, para mostrarlo en un fallo."""
    return f"$ {' '.join(proceso.orden)}\n{proceso.salida() or '(sin salida)'}"


@contextmanager
def en_el_entorno(ajustes: Mapping[str, str]) -> Iterator[None]:
    """Pone esas variables en os.environ, y al salir lo deja como estaba."""
    antes = {nombre: os.environ.get(nombre) for nombre in ajustes}
    os.environ.update(ajustes)
    try:
        yield
    finally:
        for nombre, valor in antes.items():
            if valor is None:
                os.environ.pop(nombre, None)
            else:
                os.environ[nombre] = valor


def _cuanto_tarda_importar(modulos: Sequence[str]) -> float:
    """Segundos que tarda un Python nuevo en importar solo lo ajeno, en este equipo."""
    inicio = time.monotonic()
    orden = [sys.executable, "-c", f"import {', '.join(['sys', *modulos])}"]
    with suppress(subprocess.TimeoutExpired):
        subprocess.run(orden, capture_output=True, check=False, timeout=30)
    return time.monotonic() - inicio
