"""Lo que se enseña de un fallo: cabe en una pantalla, y sirve para arreglarlo.

El criterio, la línea de la prueba, lo que se esperaba y lo que llegó, las líneas de tu
código por las que pasó el error, y dónde se aprende. Con cualquier «--tb» (--tb=long,
por ejemplo) se enseña en su lugar la traza de pytest.
"""

from __future__ import annotations

import linecache
import re
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Protocol

LINEAS = 24
"""Cuántas líneas se enseñan, como mucho, de un mensaje o de una salida."""
ANCHO = 400
"""Por dónde se corta una línea demasiado larga."""
PASOS = 4
"""Por cuántas líneas de tu código pasó el error, como mucho."""
ENLACE = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")


class Terminal(Protocol):
    """Lo que se usa de la terminal de pytest."""

    def line(self, s: str = "", **estilo: bool) -> None:
        """Escribe una línea."""


@dataclass
class Fallo:
    """Un fallo, listo para enseñarse."""

    criterio: str
    mensaje: str
    prueba: list[str] = field(default_factory=list)
    pasos: list[str] = field(default_factory=list)
    aprender: list[str] = field(default_factory=list)

    def toterminal(self, tw: Terminal) -> None:
        """Lo escribe en la terminal: lo que llega, en rojo."""
        for linea in self._lineas():
            rojo = linea.startswith("E  ")
            tw.line(linea, red=rojo, bold=rojo)

    def __str__(self) -> str:
        """El mismo texto, sin colores."""
        return "\n".join(self._lineas())

    def _lineas(self) -> Iterator[str]:
        yield self.criterio
        yield ""
        if self.prueba:
            yield from (*self.prueba, "")
        for linea in recortar(self.mensaje):
            yield f"E   {linea}".rstrip()
        if self.pasos:
            yield from ("", "Pasó por tu código:")
            yield from self.pasos
        if self.aprender:
            yield ""
            yield from self.aprender


def fallo_de(
    error: BaseException,
    archivo: Path,
    criterio: str,
    mensaje: str,
    aprender: str,
    raiz: Path,
) -> Fallo:
    """Lo que se enseña del error de una prueba que está en ese archivo."""
    prueba = [paso for paso in _camino(error.__traceback__) if paso[0] == archivo]
    propios = [
        _linea(*paso, raiz)
        for causa in _causas(error)
        for paso in _camino(causa.__traceback__)
        if paso[0].is_relative_to(raiz / "src")
    ]
    return Fallo(
        criterio,
        mensaje,
        [_linea(*paso, raiz) for paso in dict.fromkeys([*prueba[:1], *prueba[-1:]])],
        [f"  {linea}" for linea in dict.fromkeys(propios)][-PASOS:],
        [f"Se aprende en: {que} {donde}" for que, donde in ENLACE.findall(aprender)],
    )


def recortar(texto: str, lineas: int = LINEAS) -> list[str]:
    """Las primeras y últimas líneas de un texto largo, y cuántas faltan en medio."""
    todas = [
        linea if len(linea) <= ANCHO else f"{linea[:ANCHO]}… ({len(linea)} caracteres)"
        for linea in texto.splitlines()
    ]
    if len(todas) <= lineas:
        return todas
    principio, final = lineas * 2 // 3, lineas // 3
    faltan = len(todas) - principio - final
    return [*todas[:principio], f"… ({faltan} líneas más) …", *todas[-final:]]


def _causas(error: BaseException) -> Iterator[BaseException]:
    """El error que lo empezó todo, y después los que vinieron de él."""
    visto: list[BaseException] = []
    actual: BaseException | None = error
    while actual is not None and actual not in visto:
        visto.append(actual)
        actual = actual.__cause__ or actual.__context__
    yield from reversed(visto)


def _camino(traza: TracebackType | None) -> Iterator[tuple[Path, int, str]]:
    for marco, linea in traceback.walk_tb(traza):
        yield Path(marco.f_code.co_filename), linea, marco.f_code.co_name


def _linea(archivo: Path, numero: int, funcion: str, raiz: Path) -> str:
    corto = archivo.relative_to(raiz) if archivo.is_relative_to(raiz) else archivo
    codigo = linecache.getline(str(archivo), numero).strip()
    return f"{corto.as_posix()}:{numero} ({funcion})\n    {codigo}"
