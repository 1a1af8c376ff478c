"""Qué es una tarea. Aquí no se lee ni se escribe nada: solo datos y sus reglas."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any


class Prioridad(StrEnum):
    """Las tres prioridades, de menos a más."""

    BAJA = "baja"
    MEDIA = "media"
    ALTA = "alta"


def leer_fecha(texto: str) -> date:
    """Entiende una fecha AAAA-MM-DD.

    Raises:
        ValueError: no tiene esa forma, o ese día no existe.
    """
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", texto):
        raise ValueError(f"«{texto}» no es una fecha AAAA-MM-DD")
    return date.fromisoformat(texto)


@dataclass
class Tarea:
    """Una tarea de la lista."""

    id: int
    titulo: str
    prioridad: Prioridad = Prioridad.MEDIA
    vence: date | None = None
    hecha: bool = False

    def a_dict(self) -> dict[str, Any]:
        """La tarea como la guarda el archivo y la enseña --json."""
        return {
            "id": self.id,
            "titulo": self.titulo,
            "prioridad": self.prioridad.value,
            "vence": self.vence.isoformat() if self.vence else None,
            "hecha": self.hecha,
        }

    @classmethod
    def de_dict(cls, datos: dict[str, Any]) -> Tarea:
        """La tarea que describe un diccionario del archivo.

        Raises:
            KeyError, TypeError, ValueError: le falta algo o no tiene sentido.
        """
        numero, titulo, hecha = datos["id"], datos["titulo"], datos["hecha"]
        if [type(x) for x in (numero, titulo, hecha)] != [int, str, bool]:
            raise TypeError(f"una tarea tiene campos que no son lo que deben: {datos}")
        vence = datos["vence"]
        return cls(
            id=numero,
            titulo=titulo,
            prioridad=Prioridad(datos["prioridad"]),
            vence=leer_fecha(vence) if vence is not None else None,
            hecha=hecha,
        )
