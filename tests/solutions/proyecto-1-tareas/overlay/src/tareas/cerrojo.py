"""Que dos programas no cambien el mismo archivo a la vez."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _cerrar(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)

else:
    import fcntl

    def _cerrar(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)


@contextmanager
def cerrojo(ruta: Path) -> Iterator[None]:
    """Espera a tener para sí solo el archivo de al lado, `ruta`.lock.

    El sistema lo abre solo cuando el programa acaba, aunque acabe mal. El archivo del
    cerrojo se queda: borrarlo dejaría que dos programas cerraran dos distintos.
    """
    with ruta.with_name(ruta.name + ".lock").open("ab") as archivo:
        _cerrar(archivo.fileno())
        yield
