"""Dónde viven las tareas: un archivo JSON. Solo este módulo toca el disco."""

from dataclasses import dataclass
from pathlib import Path

from tareas.modelo import Tarea


@dataclass
class Almacen:
    """La lista de tareas guardada en un archivo."""

    ruta: Path

    def leer(self) -> list[Tarea]:
        """Devuelve las tareas guardadas; si el archivo aún no existe, ninguna.

        R2: recuerda decir encoding="utf-8" al abrir. R4: ¿y si el archivo está roto?
        Roadmap 1.6: https://docs.python.org/3/library/json.html
        """
        raise NotImplementedError("R1 · leer las tareas del archivo")

    def guardar(self, tareas: list[Tarea]) -> None:
        """Escribe todas las tareas.

        R2: si el programa muere a mitad de la escritura, el archivo de antes tiene que
        seguir entero. Pista: escribe en otro archivo de la misma carpeta y busca
        «replace» en https://docs.python.org/3/library/os.html#os.replace
        ¿Y si otro programa guarda entre que tú lees y escribes? Roadmap 1.4 (context
        managers): https://docs.python.org/3/library/contextlib.html
        """
        raise NotImplementedError("R1 · guardar las tareas en el archivo")
