"""Qué es una tarea. Aquí no se lee ni se escribe nada: solo datos y sus reglas."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Prioridad(StrEnum):
    """Las tres prioridades, de menos a más."""

    BAJA = "baja"
    MEDIA = "media"
    ALTA = "alta"


@dataclass
class Tarea:
    """Una tarea de la lista.

    Una dataclass escribe por ti __init__, __repr__ y __eq__. Roadmap 1.5:
    https://docs.python.org/3/tutorial/classes.html
    """

    id: int
    titulo: str
    prioridad: Prioridad = Prioridad.MEDIA
    vence: date | None = None
    hecha: bool = False

    # R1 y R2: para guardarla en JSON necesitarás convertirla en un diccionario, y
    # volver a crearla a partir de uno. ¿Qué pasa con la fecha, que JSON no conoce?
    # Roadmap 1.6: https://docs.python.org/3/library/json.html
