"""De archivos a entradas: abre, descomprime, parte en líneas y las pone en orden.

Los logs no caben en la memoria: aquí todo son generadores (yield), que dan una cosa
cada vez. Roadmap 1.4: https://docs.python.org/3/howto/functional.html#generators
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO

from analizador.entrada import Entrada
from analizador.formatos import Detector

LINEA_MAXIMA = 1024 * 1024
ENTRADA_ESTANDAR = "-"


@dataclass
class Lector:
    """Lee varios archivos y recuerda lo que fue mal, sin pararse por ello."""

    detector: Detector
    rotas: int = 0
    fallos: list[str] = field(default_factory=list)
    """Los archivos que no se pudieron leer, o no hasta el final, y por qué."""

    def leer(self, origenes: Sequence[str]) -> Iterator[Entrada]:
        """Las entradas de todos los orígenes, mezcladas por su momento.

        R1: sorted() tendría que cargarlo todo. Pista: cada archivo ya está en orden, y
        mezclar cosas ordenadas sin cargarlas es lo que hace heapq.merge:
        https://docs.python.org/3/library/heapq.html#heapq.merge
        """
        raise NotImplementedError("R1 · leer y mezclar los archivos")


@contextmanager
def abrir(origen: str) -> Iterator[BinaryIO]:
    """Abre un archivo, o la entrada estándar si es «-», y descomprime si es gzip.

    R1: un gzip empieza por los bytes 1f 8b, se llame como se llame. Ábrelo en binario:
    ya decidirás tú cómo se decodifica cada línea. Roadmap 1.4:
    https://docs.python.org/3/library/contextlib.html
    """
    raise NotImplementedError("R1 · abrir un archivo")
    yield


def lineas(flujo: BinaryIO) -> Iterator[tuple[int, str]]:
    """El número y el texto de cada línea, sin su final.

    R1: ¿y si una «línea» mide 10 GB? flujo.readline(LINEA_MAXIMA) no lee más de eso.
    Roadmap 1.6:
    https://docs.python.org/3/tutorial/inputoutput.html#reading-and-writing-files
    """
    raise NotImplementedError("R1 · partir en líneas")
