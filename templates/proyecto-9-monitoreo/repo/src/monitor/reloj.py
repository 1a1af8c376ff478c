"""La hora. Se pregunta siempre aquí, para que las pruebas la puedan cambiar."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True)
class Reloj:
    """El del ordenador o, si hay un archivo, el que diga ese archivo.

    El archivo lo pone el ajuste RELOJ, y dice un instante con su zona
    (2026-11-29T10:00:00+00:00). Se lee cada vez: quien lo cambia, mueve el tiempo en
    todos los procesos del programa.
    """

    archivo: Path | None = None

    def ahora(self) -> datetime:
        """El momento actual, en UTC y con zona."""
        if self.archivo is None:
            return datetime.now(UTC)
        texto = self.archivo.read_text(encoding="utf-8").strip()
        return datetime.fromisoformat(texto).astimezone(UTC)
