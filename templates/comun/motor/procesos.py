"""Procesos que nunca se quedan atrás: con su grupo, su memoria y su salida contadas.

Cada uno va en un grupo propio, para poder parar también a sus hijos. Si a pytest lo
matan, un guardián que está en otro proceso lo nota y mata a los que queden (en Windows
no lo hay).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from motor.limites import DEMASIADA_SALIDA, SALIDA, limitar_memoria

POSIX = os.name == "posix"
COLA = 64 * 1024
"""Bytes que se guardan de lo último que ha escrito un programa."""
GUARDIAN = """
import os, signal, sys
grupos = set()
for linea in sys.stdin:
    (grupos.add if linea[0] == "+" else grupos.discard)(int(linea[1:]))
for grupo in grupos:
    try:
        os.killpg(grupo, signal.SIGKILL)
    except OSError:
        pass
"""


class _Guardian:
    """Apunta qué grupos están en marcha; su proceso los mata si este desaparece."""

    def __init__(self) -> None:
        self._cerrojo = threading.Lock()
        self._proceso: subprocess.Popen[bytes] | None = None
        self._de = 0

    def apuntar(self, que: str, grupo: int) -> None:
        """«+» cuando un grupo empieza, «-» cuando ya no hay que matarlo."""
        if not POSIX:
            return
        with self._cerrojo, suppress(OSError):
            if self._proceso is None or self._de != os.getpid():
                self._de = os.getpid()
                self._proceso = subprocess.Popen(
                    [sys.executable, "-I", "-S", "-c", GUARDIAN],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )
            assert self._proceso.stdin is not None
            self._proceso.stdin.write(f"{que}{grupo}\n".encode())
            self._proceso.stdin.flush()


_GUARDIAN = _Guardian()


def lanzar(orden: Sequence[str], **opciones: Any) -> subprocess.Popen[bytes]:
    """Como subprocess.Popen, en su propio grupo y con la memoria limitada."""
    proceso = subprocess.Popen(
        orden,
        start_new_session=POSIX,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        **opciones,
    )
    limitar_memoria(proceso.pid)
    _GUARDIAN.apuntar("+", proceso.pid)
    return proceso


def matar(proceso: subprocess.Popen[bytes]) -> None:
    """Con SIGKILL, y también a sus hijos; no hace nada si ya no queda ninguno."""
    with suppress(OSError):
        if POSIX:
            os.killpg(proceso.pid, signal.SIGKILL)
        elif proceso.poll() is None:
            orden = ["taskkill", "/T", "/F", "/PID", str(proceso.pid)]
            subprocess.run(orden, capture_output=True, check=False)
    with suppress(OSError):
        proceso.kill()
    proceso.wait()
    _GUARDIAN.apuntar("-", proceso.pid)


def hijos(pid: int) -> list[int]:
    """Los procesos que ha arrancado ese (no los de esos), en Linux y macOS."""
    orden = ["ps", "-A", "-o", "pid=,ppid="]
    lista = subprocess.run(orden, capture_output=True, text=True, check=True).stdout
    parejas = [linea.split() for linea in lista.splitlines()]
    return [int(hijo) for hijo, padre in parejas if int(padre) == pid]


class Lectura:
    """Lee lo que un programa escribe sin dejar que llene la memoria."""

    def __init__(
        self, proceso: subprocess.Popen[bytes], tubo: IO[bytes], guarda: int = SALIDA
    ) -> None:
        """Empieza a leer; guarda lo último, hasta ese número de bytes."""
        self.demasiado = False
        self._proceso, self._tubo, self._guarda = proceso, tubo, guarda
        self._texto = bytearray()
        self._total = 0
        self._hay_mas = threading.Condition()
        self._hilo = threading.Thread(target=self._leer, daemon=True, name="lectura")
        self._hilo.start()

    def _leer(self) -> None:
        with suppress(OSError, ValueError), self._tubo:
            while trozo := os.read(self._tubo.fileno(), 65536):
                with self._hay_mas:
                    self._total += len(trozo)
                    self._texto += trozo
                    del self._texto[: -self._guarda]
                    self._hay_mas.notify_all()
                if self._total > SALIDA:
                    self.demasiado = True
                    matar(self._proceso)
                    break
        with self._hay_mas:
            self._hay_mas.notify_all()

    def todo(self, plazo: float = 0.0) -> bytes:
        """Lo guardado; espera ese tiempo a que el programa deje de escribir."""
        self._hilo.join(plazo)
        return bytes(self._texto)

    def espera(self, texto: str, plazo: float) -> bool:
        """Si el programa escribe eso antes de que pase el plazo o de que se cierre."""
        final = time.monotonic() + plazo
        with self._hay_mas:
            while texto.encode() not in self._texto:
                resto = final - time.monotonic()
                if resto <= 0 or not self._hilo.is_alive():
                    return texto.encode() in self._texto
                self._hay_mas.wait(min(resto, 0.2))
        return True


class Proceso:
    """Un programa que se queda en marcha, con lo último que ha escrito."""

    def __init__(
        self,
        orden: Sequence[str],
        entorno: Mapping[str, str],
        carpeta: Path,
        **opciones: Any,
    ) -> None:
        """Arranca ya; `opciones` son las de subprocess.Popen."""
        self.orden = list(orden)
        self.popen = lanzar(
            self.orden,
            env=dict(entorno),
            cwd=carpeta,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            **opciones,
        )
        assert self.popen.stdout is not None
        self.lectura = Lectura(self.popen, self.popen.stdout, COLA)

    @property
    def pid(self) -> int:
        """Su número de proceso."""
        return self.popen.pid

    def vivo(self) -> bool:
        """Si no ha terminado."""
        return self.popen.poll() is None

    def espera(self, texto: str, plazo: float) -> bool:
        """Si escribe eso antes de que pase el plazo."""
        return self.lectura.espera(texto, plazo)

    def pedir_que_pare(self) -> None:
        """Le manda SIGTERM (Ctrl+Pausa en Windows), sin esperarlo."""
        if self.vivo() and POSIX:
            self.popen.terminate()
        elif self.vivo():
            self.popen.send_signal(getattr(signal, "CTRL_BREAK_EVENT", 1))

    def parar(self, plazo: float) -> bool:
        """Le pide que pare y lo espera; si sigue, lo mata.

        Dice si acabó a tiempo y por las buenas. Sus hijos acaban con él.
        """
        if plazo > 0:
            self.pedir_que_pare()
        try:
            self.popen.wait(plazo)
        except subprocess.TimeoutExpired:
            return False
        finally:
            matar(self.popen)
        return True

    def matar(self) -> None:
        """Lo mata de golpe con sus hijos, como un corte de luz (SIGKILL)."""
        matar(self.popen)

    def salida(self) -> str:
        """El final de lo que ha escrito, en su salida normal y en la de error."""
        texto = self.lectura.todo(0.0 if self.vivo() else 0.5)
        legible = texto[-4000:].decode("utf-8", "replace").strip()
        return f"{legible}\n{DEMASIADA_SALIDA}" if self.lectura.demasiado else legible
