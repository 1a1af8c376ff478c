"""Los buenos modales: robots.txt, el intervalo y «vuelve más tarde»."""

import math
import time
from collections import defaultdict
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.robotparser import RobotFileParser

AGENTE = "scraper/0.1 (proyecto de aprendizaje)"


class Ritmo:
    """Sabe cuándo se le puede pedir algo otra vez a cada servidor."""

    def __init__(self, intervalo: float) -> None:
        """`intervalo` son los segundos entre dos peticiones al mismo servidor."""
        self.intervalo = intervalo
        self.desde: defaultdict[str, float] = defaultdict(float)

    def esperar(self, servidor: str) -> None:
        """Duerme hasta que toque, y apunta que ahora sale una petición."""
        while (falta := self.desde[servidor] - time.monotonic()) > 0:
            time.sleep(falta)
        self.desde[servidor] = time.monotonic() + self.intervalo

    def aplazar(self, servidor: str, segundos: float) -> None:
        """No se pide nada a ese servidor hasta dentro de `segundos`."""
        hasta = time.monotonic() + segundos
        self.desde[servidor] = max(self.desde[servidor], hasta)


def segundos_de_retry_after(valor: str | None) -> float | None:
    """Lo que pide Retry-After, en segundos o como fecha; None si no se entiende."""
    if valor is None:
        return None
    valor = valor.strip()
    if valor.isascii() and valor.isdigit():
        return float(valor)
    try:
        cuando = parsedate_to_datetime(valor)
    except (TypeError, ValueError):
        return None
    if cuando.tzinfo is None:
        cuando = cuando.replace(tzinfo=UTC)
    return max(0.0, (cuando - datetime.now(UTC)).total_seconds())


class Robots:
    """Lo que permite el robots.txt de un sitio."""

    def __init__(self, texto: str) -> None:
        """`texto` puede ser cualquier cosa: lo que no se entiende no cuenta."""
        self.reglas = RobotFileParser()
        self.reglas.parse(texto.splitlines())

    def permite(self, url: str) -> bool:
        """Si se puede pedir esa dirección."""
        return self.reglas.can_fetch(AGENTE, url)

    def pausa(self) -> float:
        """El Crawl-delay, en segundos; 0 si no hay."""
        pausa = self.reglas.crawl_delay(AGENTE)
        return float(pausa) if pausa and math.isfinite(float(pausa)) else 0.0
