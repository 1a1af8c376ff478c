"""Dónde viven las tareas: un archivo JSON. Solo este módulo toca el disco."""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tareas.cerrojo import cerrojo
from tareas.errores import ErrorDeTareas
from tareas.modelo import Tarea

VERSION = 1
log = logging.getLogger(__name__)


@dataclass
class Documento:
    """Todo lo que guarda el archivo."""

    siguiente_id: int = 1
    tareas: list[Tarea] = field(default_factory=list)

    def busca(self, numero: int) -> Tarea:
        """La tarea con ese número.

        Raises:
            ErrorDeTareas: no hay ninguna.
        """
        for tarea in self.tareas:
            if tarea.id == numero:
                return tarea
        raise ErrorDeTareas(f"no hay ninguna tarea con el número {numero}")


@dataclass
class Almacen:
    """La lista de tareas guardada en un archivo."""

    ruta: Path

    def leer(self) -> Documento:
        """Lo que hay en el archivo; si aún no existe, un documento vacío.

        Raises:
            ErrorDeTareas: no se puede leer, está roto o es de otra versión.
        """
        try:
            datos = json.loads(self.ruta.read_bytes().decode("utf-8"))
            if not isinstance(datos, dict):
                raise TypeError("no es un objeto de JSON")
            if type(datos["version"]) is not int:
                raise TypeError("la versión no es un número")
            if datos["version"] != VERSION:
                raise ErrorDeTareas(
                    f"{self.ruta} es de la versión {datos['version']!r}, y este "
                    f"programa solo entiende la {VERSION}"
                )
            siguiente = datos["siguiente_id"]
            if type(siguiente) is not int or not isinstance(datos["tareas"], list):
                raise TypeError("los campos no son lo que deben")
            tareas = [Tarea.de_dict(dato) for dato in datos["tareas"]]
        except FileNotFoundError:
            return Documento()
        except OSError as error:
            raise ErrorDeTareas(
                f"no puedo leer {self.ruta}: {error.strerror}"
            ) from error
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            log.debug("archivo roto", exc_info=True)
            raise ErrorDeTareas(
                f"{self.ruta} está roto y no lo toco; recupera una copia"
            ) from error
        return Documento(siguiente, tareas)

    @contextmanager
    def cambiar(self) -> Iterator[Documento]:
        """Presta el documento para cambiarlo, y lo guarda si no hubo errores.

        Raises:
            ErrorDeTareas: no se puede leer o escribir; el archivo queda como estaba.
        """
        try:
            with cerrojo(self.ruta):
                documento = self.leer()
                yield documento
                self._guardar(documento)
        except OSError as error:
            raise ErrorDeTareas(
                f"no puedo escribir {self.ruta}: {error.strerror}"
            ) from error

    def _guardar(self, documento: Documento) -> None:
        """Escribe en otro archivo de la misma carpeta, y lo cambia por el de antes."""
        datos = {
            "version": VERSION,
            "siguiente_id": documento.siguiente_id,
            "tareas": [tarea.a_dict() for tarea in documento.tareas],
        }
        texto = json.dumps(datos, ensure_ascii=False, indent=2) + "\n"
        # Siempre el mismo nombre: lo que dejó uno que murió, lo aprovecha el siguiente.
        # El cerrojo asegura que nadie más lo usa a la vez.
        temporal = self.ruta.with_name(self.ruta.name + ".tmp")
        try:
            with temporal.open("wb") as archivo:
                archivo.write(texto.encode("utf-8"))
                archivo.flush()
                os.fsync(archivo.fileno())
            if self.ruta.exists():
                shutil.copymode(self.ruta, temporal)
            os.replace(temporal, self.ruta)
        except BaseException:
            temporal.unlink(missing_ok=True)
            raise
