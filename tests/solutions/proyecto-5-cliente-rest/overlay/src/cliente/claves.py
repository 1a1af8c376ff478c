"""La clave de la API: de dónde sale, y que no se vea en ninguna parte."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path

from cliente.errores import ErrorDeClave


@dataclass
class Clave:
    """Una clave que se puede usar, pero no se deja ver."""

    directa: str | None = field(default=None, repr=False)
    archivo: Path | None = None
    _actual: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Lee la clave por primera vez."""
        self._actual = self._leer()

    @property
    def valor(self) -> str:
        """La clave, para ponerla en la cabecera y en ningún otro sitio."""
        return self._actual

    @property
    def huella(self) -> str:
        """Distingue una clave de otra sin descubrirla."""
        return hashlib.sha256(self._actual.encode()).hexdigest()

    def renovar(self) -> bool:
        """Vuelve a leerla; dice si ha cambiado."""
        antes, self._actual = self._actual, self._leer()
        return antes != self._actual

    def _leer(self) -> str:
        clave = self.directa
        if clave is None and self.archivo is None:
            clave = os.environ.get("CLIENTE_CLAVE")
        if clave is None:
            clave = self._del_archivo()
        if not clave.strip():
            raise ErrorDeClave("la clave de la API está vacía")
        if not (clave.isascii() and clave.isprintable()):
            raise ErrorDeClave("la clave de la API tiene caracteres que no puede tener")
        return clave

    def _del_archivo(self) -> str:
        nombre = self.archivo or os.environ.get("CLIENTE_ARCHIVO_CLAVE")
        if not nombre:
            raise ErrorDeClave(
                "falta la clave de la API: pon CLIENTE_CLAVE o CLIENTE_ARCHIVO_CLAVE"
            )
        try:
            return Path(nombre).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise ErrorDeClave(f"no puedo leer la clave de {nombre}") from None
