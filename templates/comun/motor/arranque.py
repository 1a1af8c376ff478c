"""Pone en marcha el programa de quien aprende, en un hilo o en un proceso aparte.

Lo usa servicio.py, que es quien decide cuándo; aquí está cómo.
"""

from __future__ import annotations

import importlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

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
class Programa:
    """Qué se pone en marcha, y cómo."""

    paquete: str
    """Módulo de quien aprende que se importa antes de arrancar en un hilo."""
    entorno: Callable[[Path], AbstractContextManager[Mapping[str, str]]]
    """Prepara en una carpeta vacía lo que haga falta (una base de datos…) y da los
    ajustes, que el programa encontrará en su entorno; al salir, lo recoge."""
    en_hilo: Callable[[Mapping[str, str], Avisar], None]
    """Arranca el programa en el hilo que lo llama, avisa cuando escucha, y vuelve
    cuando se le ha pedido parar. Mientras arranca, los ajustes están en os.environ."""
    orden: Callable[[Mapping[str, str], int], Sequence[str]]
    """La orden que lo arranca en un proceso aparte, escuchando en 127.0.0.1:puerto."""
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
        for nombre in programa.ajeno:
            importlib.import_module(nombre)
        self._programa, self._ajustes = programa, ajustes
        self._aviso = threading.Event()
        self._error: BaseException | None = None
        self._importado = False
        self._pedir: Callable[[], None] | None = None
        self._hilo = threading.Thread(target=self._vivir, daemon=True, name="programa")
        with en_el_entorno(ajustes):
            self._hilo.start()
            a_tiempo = self._aviso.wait(PLAZO_ARRANQUE)
        if self._pedir is None:
            raise self._por_que_no(a_tiempo)

    def _vivir(self) -> None:
        try:
            importlib.import_module(self._programa.paquete)
            self._importado = True
            self._programa.en_hilo(self._ajustes, self._avisar)
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
            que = (
                "arranque" if self._importado else f"«import {self._programa.paquete}»"
            )
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
    """El programa en un proceso aparte, con lo que escribe en un archivo."""

    def __init__(
        self, programa: Programa, ajustes: Mapping[str, str], carpeta: Path, raiz: Path
    ) -> None:
        self._diario = carpeta / "salida-del-programa.txt"
        for intento in range(3):
            puerto = puerto_libre()
            self.direccion = f"{programa.esquema}://127.0.0.1:{puerto}"
            self._lanzar(list(programa.orden(ajustes, puerto)), ajustes, raiz)
            if self._esperar(puerto, programa):
                return
            codigo = self.proceso.poll()
            self.parar(0)
            ocupado = "in use" in self.salida() or "10048" in self.salida()
            if codigo is None or not ocupado or intento == 2:
                break
        como = "no escucha a tiempo" if codigo is None else f"acabó con código {codigo}"
        raise AssertionError(
            f"Se esperaba que tu programa estuviera escuchando en {self.direccion}, y "
            f"{como}.\n$ {' '.join(self.orden)}\n{self.salida() or '(sin salida)'}"
        )

    def _lanzar(self, orden: list[str], ajustes: Mapping[str, str], raiz: Path) -> None:
        self.orden = orden
        rutas = [str(raiz / "src"), os.environ.get("PYTHONPATH", "")]
        entorno = dict(os.environ) | {
            "PYTHONPATH": os.pathsep.join(filter(None, rutas)),
            "PYTHONUNBUFFERED": "1",
            # Vacía es como si no estuviera: sin esto, arrancar sería mucho más lento.
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONUTF8": "1",
        }
        with self._diario.open("ab") as diario:
            self.proceso = subprocess.Popen(
                orden,
                cwd=raiz,
                env=entorno | dict(ajustes),
                stdin=subprocess.DEVNULL,
                stdout=diario,
                stderr=subprocess.STDOUT,
                start_new_session=os.name == "posix",
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )

    def _esperar(self, puerto: int, programa: Programa) -> bool:
        """Espera a que escuche; si calla un segundo, mide primero cuánto es justo."""
        inicio = time.monotonic()
        plazo = PLAZO_ARRANQUE
        medido = False
        while (llevo := time.monotonic() - inicio) < plazo:
            if self.proceso.poll() is not None:
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
        return self.proceso.poll() is None

    def parar(self, plazo: float) -> bool:
        """Le manda SIGTERM (Ctrl+Pausa en Windows) y lo espera; si sigue, lo mata."""
        if self.proceso.poll() is None and plazo > 0:
            if os.name == "posix":
                self.proceso.terminate()
            else:
                self.proceso.send_signal(getattr(signal, "CTRL_BREAK_EVENT", 1))
        try:
            self.proceso.wait(plazo)
        except subprocess.TimeoutExpired:
            self._matar()
            return False
        return True

    def _matar(self) -> None:
        """También a sus hijos, que si no seguirían ocupando el puerto."""
        with suppress(OSError):
            if os.name == "posix":
                os.killpg(self.proceso.pid, signal.SIGKILL)
            else:
                orden = ["taskkill", "/T", "/F", "/PID", str(self.proceso.pid)]
                subprocess.run(orden, capture_output=True, check=False)
        self.proceso.kill()
        self.proceso.wait()

    def salida(self) -> str:
        """El final de lo que ha escrito, en su salida normal y en la de error."""
        if not self._diario.exists():
            return ""
        return self._diario.read_bytes()[-4000:].decode("utf-8", "replace").strip()


def puerto_libre() -> int:
    """Un puerto de 127.0.0.1 en el que ahora no escucha nadie."""
    with socket.socket() as enchufe:
        enchufe.bind(("127.0.0.1", 0))
        return int(enchufe.getsockname()[1])


def acepta(puerto: int, host: str = "127.0.0.1") -> bool:
    """Si alguien acepta conexiones en ese puerto."""
    with suppress(OSError), socket.create_connection((host, puerto), 0.5):
        return True
    return False


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
