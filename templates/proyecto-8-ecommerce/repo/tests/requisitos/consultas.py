# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""Lo que tu programa le pide a la base de datos, contado; y una base que va despacio.

Solo se puede si el programa está en este proceso y habla con la base por SQLAlchemy.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine


class Consultas:
    """Cuenta las consultas de todos los motores de SQLAlchemy de este proceso."""

    def __init__(self) -> None:
        """Empieza a contar."""
        self._cerrojo = threading.Lock()
        self.cuantas = 0
        self._espera = 0.0
        self._lector: int | None = None
        self._faltan = 0
        self._leido, self._sigue = threading.Event(), threading.Event()
        event.listen(Engine, "before_cursor_execute", self._antes)
        event.listen(Engine, "after_cursor_execute", self._despues)

    def cerrar(self) -> None:
        """Deja de contar."""
        event.remove(Engine, "before_cursor_execute", self._antes)
        event.remove(Engine, "after_cursor_execute", self._despues)

    def _antes(self, *_: Any) -> None:
        with self._cerrojo:
            self.cuantas += 1
        if self._espera:
            time.sleep(self._espera)

    def _despues(self, *_: Any) -> None:
        with self._cerrojo:
            if not self._faltan or self._lector not in {None, threading.get_ident()}:
                return
            self._lector = threading.get_ident()
            self._faltan -= 1
            if self._faltan:
                return
        self._leido.set()
        self._sigue.wait(1)

    @contextmanager
    def contadas(self) -> Iterator[list[int]]:
        """Al salir, la lista lleva cuántas consultas se han hecho en el bloque."""
        antes, cuenta = self.cuantas, list[int]()
        yield cuenta
        cuenta.append(self.cuantas - antes)

    @contextmanager
    def despacio(self, segundos: float) -> Iterator[None]:
        """Cada consulta tarda eso de más, mientras dura el bloque."""
        self._espera = segundos
        try:
            yield
        finally:
            self._espera = 0.0

    def parar_tras(self, cuantas: int) -> None:
        """El próximo que consulte se queda parado cuando haya hecho esas."""
        self._leido.clear()
        self._sigue.clear()
        self._lector, self._faltan = None, cuantas

    def leido(self) -> bool:
        """Espera a que haya alguien parado; dice si lo hay."""
        return self._leido.wait(2)

    def seguir(self) -> None:
        """Lo deja seguir."""
        self._faltan = 0
        self._sigue.set()
