"""De archivos a entradas: abre, descomprime, parte en líneas y las pone en orden.

Nunca guarda más de una línea (y una traza) de cada archivo, midan lo que midan.
"""

from __future__ import annotations

import gzip
import heapq
import logging
import sys
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import itemgetter
from typing import BinaryIO, cast

from analizador.entrada import Entrada
from analizador.formatos import Detector
from analizador.formatos.python_logging import TRAZA
from analizador.texto import limpio, recortado

log = logging.getLogger(__name__)

LINEA_MAXIMA = 1024 * 1024
TRAZA_MAXIMA = 64 * 1024
MUESTRA = 10
GZIP = b"\x1f\x8b"
ENTRADA_ESTANDAR = "-"
PRINCIPIO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Rota:
    """Una línea que nadie entiende: dónde está y cómo empieza."""

    origen: str
    linea: int
    texto: str


@dataclass
class Lector:
    """Lee varios archivos y recuerda lo que fue mal, sin pararse por ello."""

    detector: Detector
    rotas: int = 0
    muestra: list[Rota] = field(default_factory=list)
    """Las primeras líneas rotas, MUESTRA como mucho."""
    fallos: list[str] = field(default_factory=list)
    """Los archivos que no se pudieron leer, o no hasta el final, y por qué."""

    def leer(self, origenes: Sequence[str]) -> Iterator[Entrada]:
        """Las entradas de todos los orígenes, mezcladas por su momento."""
        corrientes = [self._con_clave(self._leer_uno(origen)) for origen in origenes]
        for _, entrada in heapq.merge(*corrientes, key=itemgetter(0)):
            yield entrada

    @staticmethod
    def _con_clave(entradas: Iterable[Entrada]) -> Iterator[tuple[datetime, Entrada]]:
        """Una entrada sin momento va justo detrás de la anterior de su archivo."""
        clave = PRINCIPIO
        for entrada in entradas:
            clave = entrada.momento or clave
            yield clave, entrada

    def _leer_uno(self, origen: str) -> Iterator[Entrada]:
        """Las entradas de un archivo, hasta donde se pueda leer."""
        log.info("%s: empiezo a leer", origen)
        cuenta = Counter[str]()
        try:
            with abrir(origen) as flujo:
                for entrada in self._entender(origen, lineas(flujo), cuenta):
                    cuenta["entradas"] += 1
                    yield entrada
        except (OSError, EOFError, zlib.error) as error:
            motivo = f"{origen}: {explicar(error)}"
            log.error(motivo)
            self.fallos.append(motivo)
        if cuenta["rotas"]:
            log.warning("%s: %d líneas rotas", origen, cuenta["rotas"])
        log.info("%s: %d entradas", origen, cuenta["entradas"])

    def _entender(
        self,
        origen: str,
        numeradas: Iterable[tuple[int, str, bool]],
        cuenta: Counter[str],
    ) -> Iterator[Entrada]:
        """Convierte líneas en entradas; la traza que sigue a un error es suya."""
        abierta: EntradaAbierta | None = None
        formato = ""
        fallo: list[Exception] = []
        for numero, texto, entera in _hasta_el_fallo(numeradas, fallo):
            if not texto.strip():
                continue
            entrada = self.detector.analizar(texto) if entera else None
            if entrada is None and abierta and abierta.admite(texto):
                abierta.agregar(texto)
                continue
            if abierta:
                yield abierta.cerrar()
                abierta = None
            if entrada is None:
                cuenta["rotas"] += 1
                self._apuntar_rota(Rota(limpio(origen), numero, recortado(texto)))
                continue
            entrada.origen = limpio(origen)
            entrada.linea = numero
            if entrada.formato != formato:
                formato = entrada.formato
                log.debug("%s:%d: formato %s", origen, numero, formato)
            if entrada.formato == "python":
                abierta = EntradaAbierta(entrada)
            else:
                yield entrada
        if abierta:
            yield abierta.cerrar()
        # El fallo se cuenta después: si no, se llevaría la entrada que espera su traza.
        for error in fallo:
            raise error

    def _apuntar_rota(self, rota: Rota) -> None:
        log.debug("%s:%d: línea rota: %s", rota.origen, rota.linea, rota.texto)
        self.rotas += 1
        if len(self.muestra) < MUESTRA:
            self.muestra.append(rota)


def _hasta_el_fallo(
    numeradas: Iterable[tuple[int, str, bool]], fallo: list[Exception]
) -> Iterator[tuple[int, str, bool]]:
    """Las líneas que se pueden leer; el error que las corte, si lo hay, en `fallo`."""
    try:
        yield from numeradas
    except (OSError, EOFError, zlib.error) as error:
        fallo.append(error)


class EntradaAbierta:
    """Una entrada de logging que quizá tenga una traza en las líneas siguientes."""

    def __init__(self, entrada: Entrada) -> None:
        """Sin efectos."""
        self.entrada = entrada
        self.traza: list[str] = []
        self.libre = TRAZA_MAXIMA

    def admite(self, texto: str) -> bool:
        """Si la línea empieza una traza, o si ya había empezado."""
        return bool(self.traza) or texto.startswith(TRAZA)

    def agregar(self, texto: str) -> None:
        """Guarda la línea si aún cabe."""
        if len(texto) <= self.libre:
            self.traza.append(texto)
            self.libre -= len(texto)

    def cerrar(self) -> Entrada:
        """La entrada, con la traza al final de su mensaje."""
        self.entrada.mensaje = "\n".join([self.entrada.mensaje or "", *self.traza])
        return self.entrada


@contextmanager
def abrir(origen: str) -> Iterator[BinaryIO]:
    """Abre un archivo, o la entrada estándar; si es gzip (por dentro), descomprime."""
    if origen == ENTRADA_ESTANDAR:
        yield _descomprimido(sys.stdin.buffer)
        return
    with open(origen, "rb") as archivo:
        yield _descomprimido(archivo)


def _descomprimido(flujo: BinaryIO) -> BinaryIO:
    # peek() mira sin consumir: sirve también donde no se puede volver atrás.
    if flujo.peek(2)[:2] == GZIP:  # type: ignore[attr-defined]
        return cast(BinaryIO, gzip.GzipFile(fileobj=flujo))
    return flujo


def lineas(flujo: BinaryIO) -> Iterator[tuple[int, str, bool]]:
    """Número de línea, texto y si está entera: de las enormes da solo el principio."""
    numero = 0
    while trozo := flujo.readline(LINEA_MAXIMA + 2):  # dos más, por si es \r\n
        numero += 1
        linea = trozo
        if trozo.endswith(b"\n"):
            linea = trozo.removesuffix(b"\n").removesuffix(b"\r")
        entera = len(linea) <= LINEA_MAXIMA
        if not entera:
            resto = trozo
            while resto and not resto.endswith(b"\n"):
                resto = flujo.readline(LINEA_MAXIMA)
        texto = linea.decode("utf-8", "replace")
        yield numero, texto.removeprefix("\ufeff") if numero == 1 else texto, entera


def explicar(error: Exception) -> str:
    """Por qué no se pudo leer, en una línea."""
    match error:
        case FileNotFoundError():
            return "no existe"
        case IsADirectoryError():
            return "es una carpeta"
        case PermissionError():
            return "no hay permiso para leerlo"
        case EOFError() | gzip.BadGzipFile() | zlib.error():
            return f"el gzip está cortado o estropeado ({error})"
    return f"no se puede leer ({error})"
