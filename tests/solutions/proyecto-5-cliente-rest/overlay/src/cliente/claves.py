"""La clave de la API: de dónde sale, y que no se vea en ninguna parte."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cliente.errores import ErrorDeClave

VARIABLE = "CLIENTE_CLAVE"
VARIABLE_ARCHIVO = "CLIENTE_ARCHIVO_CLAVE"


@dataclass
class Clave:
    """Una clave que se puede usar, pero no se deja ver."""

    directa: str | None = field(default=None, repr=False)
    archivo: Path | None = None
    _leer: Callable[[], str] = field(init=False, repr=False)
    _actual: str = field(default="", repr=False)
    _cerrojo: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        """Decide de dónde sale, y la lee por primera vez."""
        self._leer = self._de_donde()
        self._actual = _comprobada(self._leer())

    @property
    def valor(self) -> str:
        """La clave, para ponerla en la cabecera y en ningún otro sitio."""
        return self._actual

    @property
    def huella(self) -> str:
        """Distingue una clave de otra sin descubrirla."""
        return hashlib.sha256(self._actual.encode()).hexdigest()

    def renovar(self, rechazada: str) -> bool:
        """Vuelve a leerla de donde salió; dice si ya no es la rechazada.

        Si lo que hay ahora no sirve, se queda la que había.
        """
        with self._cerrojo:
            try:
                self._actual = _comprobada(self._leer())
            except ErrorDeClave:
                pass
            return self._actual != rechazada

    def _de_donde(self) -> Callable[[], str]:
        directa, archivo = self.directa, self.archivo
        if directa is not None:
            return lambda: directa
        if archivo is not None:
            return lambda: _del_archivo(archivo)
        if VARIABLE in os.environ:
            return lambda: os.environ.get(VARIABLE, "")
        if os.environ.get(VARIABLE_ARCHIVO):
            return lambda: _del_archivo(Path(os.environ.get(VARIABLE_ARCHIVO, "")))
        raise ErrorDeClave(
            f"falta la clave de la API: pon {VARIABLE} o {VARIABLE_ARCHIVO}"
        )


def _comprobada(clave: str) -> str:
    if not clave.strip():
        raise ErrorDeClave("la clave de la API está vacía")
    if not (clave.isascii() and clave.isprintable()):
        raise ErrorDeClave("la clave de la API tiene caracteres que no puede tener")
    return clave


def _del_archivo(archivo: Path) -> str:
    try:
        return archivo.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise ErrorDeClave(f"no puedo leer la clave de {archivo}") from None
