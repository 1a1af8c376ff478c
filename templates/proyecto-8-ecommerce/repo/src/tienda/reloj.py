"""Qué hora es. Ya está hecho: pregúntale siempre a él, y se podrá probar lo que caduca.

Nadie espera siete días a que caduque un carrito: las pruebas adelantan el reloj.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path


@dataclass(frozen=True)
class Reloj:
    """El de verdad, más los segundos que diga un archivo (el del ajuste RELOJ)."""

    archivo: Path | None = None

    def ahora(self) -> datetime:
        """El momento actual, en UTC y con zona."""
        adelanto = 0.0
        if self.archivo is not None and self.archivo.exists():
            adelanto = float(self.archivo.read_text("utf-8") or 0)
        return datetime.now(UTC) + timedelta(seconds=adelanto)
