"""Los ajustes del servidor: uno por opción de la línea de órdenes (lee README.md)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Ajustes:
    """Lo que se puede ajustar sin tocar el código. Los tiempos van en segundos."""

    base: Path = Path("chat.db")
    host: str = "127.0.0.1"
    puerto: int = 8765
    """El 0 pide un puerto libre al sistema."""
    invitados: bool = True
    """Sin invitados, casi todo exige una sesión (R4)."""
    max_trama: int = 65_536
    """Bytes de la trama más larga que se admite (R1)."""
    coste: int = 2**14
    """La N de scrypt: lo que cuesta calcular cada clave (R4)."""
    vida_token: float = 3600.0
    """Lo que dura una sesión (R4)."""
    intentos: int = 5
    """Fallos seguidos con un nombre antes de hacerle esperar (R4)."""
    ventana: float = 60.0
    """Lo que cuenta un fallo, y por tanto lo que hay que esperar (R4)."""
    cola: int = 100
    """Mensajes que esperan a un cliente lento antes de cortarle (R5)."""
    depurar: bool = False
    """Si cuenta por la salida de error todo lo que pasa."""
