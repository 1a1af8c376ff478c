"""De la petición a la respuesta: primero las rutas, después los archivos."""

from __future__ import annotations

from servidor.estaticos import Estaticos
from servidor.mensajes import Peticion, Respuesta
from servidor.rutas import Enrutador


class Aplicacion:
    """Lo que el servidor sabe contestar."""

    def __init__(self, enrutador: Enrutador, estaticos: Estaticos | None) -> None:
        """Sin `estaticos`, solo responde a las rutas."""
        self._enrutador = enrutador
        self._estaticos = estaticos

    def responder(self, peticion: Peticion) -> Respuesta:
        """La respuesta, pase lo que pase.

        R1: pregunta al enrutador y llama al manejador; si no hay, un 404.
        R2: ¿y si es un archivo?  R3: ¿y si el método no vale?
        R4: ¿y si el manejador falla, o devuelve algo que no se puede mandar?
        """
        raise NotImplementedError("R1 · encontrar quién contesta")
