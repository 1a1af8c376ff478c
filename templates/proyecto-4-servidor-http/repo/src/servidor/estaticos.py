"""Archivos de una carpeta: solo lectura, y sin salir nunca de ella."""

from __future__ import annotations

from pathlib import Path

from servidor.mensajes import Peticion, Respuesta


class Estaticos:
    """Los archivos que hay dentro de una carpeta."""

    def __init__(self, raiz: Path) -> None:
        """R2: compara siempre caminos ya resueltos (Path.resolve)."""
        self._raiz = raiz

    def responder(self, peticion: Peticion) -> Respuesta | None:
        """La respuesta para esa ruta, o None si ahí no hay nada que servir.

        R2: empieza por el archivo entero con su tipo, y sigue por quién puede salirse
        de la carpeta. Los rangos y las condiciones (If-None-Match…) son reglas sin
        disco: caben mejor en un módulo aparte.
        Roadmap 2.1: https://docs.python.org/3/library/urllib.html
        """
        raise NotImplementedError("R2 · servir un archivo")
