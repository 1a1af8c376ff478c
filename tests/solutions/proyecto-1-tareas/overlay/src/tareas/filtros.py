"""Elegir y ordenar tareas."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from tareas.modelo import Prioridad, Tarea


def sin_acentos(texto: str) -> str:
    """El texto sin mayúsculas ni acentos, para comparar."""
    letras = unicodedata.normalize("NFD", texto.casefold())
    return "".join(letra for letra in letras if not unicodedata.combining(letra))


@dataclass(frozen=True)
class Filtro:
    """Lo que tiene que cumplir una tarea; lo que es None no se mira."""

    texto: str | None = None
    hecha: bool | None = None
    prioridad: Prioridad | None = None
    vencidas_el: date | None = None

    def acepta(self, tarea: Tarea) -> bool:
        """Dice si la tarea lo cumple todo."""
        if self.texto is not None:
            if sin_acentos(self.texto) not in sin_acentos(tarea.titulo):
                return False
        if self.hecha is not None and tarea.hecha != self.hecha:
            return False
        if self.prioridad is not None and tarea.prioridad != self.prioridad:
            return False
        if self.vencidas_el is not None:
            if tarea.hecha or tarea.vence is None or tarea.vence >= self.vencidas_el:
                return False
        return True


ORDENES: dict[str, Callable[[Tarea], Any]] = {
    "id": lambda tarea: tarea.id,
    "titulo": lambda tarea: (sin_acentos(tarea.titulo), tarea.id),
    "prioridad": lambda tarea: (-list(Prioridad).index(tarea.prioridad), tarea.id),
    "vence": lambda tarea: (tarea.vence or date.max, tarea.vence is None, tarea.id),
}


def elegir(tareas: Iterable[Tarea], filtro: Filtro, orden: str = "id") -> list[Tarea]:
    """Las tareas que cumplen el filtro, en ese orden."""
    return sorted(filter(filtro.acepta, tareas), key=ORDENES[orden])
