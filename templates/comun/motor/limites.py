"""Cuánto pueden gastar los programas que arrancan las pruebas, y cuánto esperarlos."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from functools import cache

MEMORIA = 3 * 2**30
"""Bytes que puede pedir un programa. De sobra para todo lo que se pide en el roadmap:
quien llega aquí tiene una lista que crece sin fin."""
SALIDA = 64 * 2**20
"""Bytes que puede escribir un programa por cada salida, antes de que se le pare."""
CORRIENTE = 0.02
"""Segundos que tarda un ordenador corriente en sumar medio millón de cuadrados."""

SIN_MEMORIA = (
    f"Se esperaba que el programa acabara, y ha pedido más de {MEMORIA // 2**30} GiB "
    "de memoria: seguramente una lista, o un texto, que crece sin fin."
)
DEMASIADA_SALIDA = (
    f"Se esperaba que el programa acabara, y ha escrito más de {SALIDA // 2**20} MiB: "
    "seguramente un print dentro de un bucle que no termina."
)


def limitar_memoria(proceso: int = 0) -> None:
    """Que ese proceso (0: este mismo), y los que él arranque, no puedan pedir más.

    Al pedir de más, Python lanza MemoryError. Solo Linux sabe hacerlo; en los demás
    sistemas no hace nada.
    """
    with suppress(ImportError, AttributeError, OSError, ValueError):
        import resource

        _, maximo = resource.prlimit(proceso, resource.RLIMIT_DATA)
        tope = MEMORIA if maximo == resource.RLIM_INFINITY else min(MEMORIA, maximo)
        techo = maximo if proceso == 0 else tope
        resource.prlimit(proceso, resource.RLIMIT_DATA, (tope, techo))


def agobio() -> float:
    """Cuántas veces más despacio va este ordenador que uno corriente y desocupado.

    Entre 1 y 6, según lo rápido que sea y lo cargado que esté ahora.
    """
    carga = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return min(max(_lentitud(), carga / (os.cpu_count() or 1), 1.0), 6.0)


@cache
def _lentitud() -> float:
    inicio = time.thread_time()
    sum(n * n for n in range(500_000))
    return (time.thread_time() - inicio) / CORRIENTE


def plazo(segundos: float) -> float:
    """Un plazo que solo evita quedarse colgado: más largo si el equipo va lento."""
    return segundos * agobio()
