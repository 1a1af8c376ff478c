"""Puertos de este ordenador."""

from __future__ import annotations

import socket
from contextlib import suppress


def puerto_libre() -> int:
    """Un puerto de 127.0.0.1 en el que ahora no escucha nadie."""
    with socket.socket() as enchufe:
        enchufe.bind(("127.0.0.1", 0))
        return int(enchufe.getsockname()[1])


def acepta(puerto: int, host: str = "127.0.0.1") -> bool:
    """Si alguien acepta conexiones en ese puerto."""
    with suppress(OSError), socket.create_connection((host, puerto), 0.5):
        return True
    return False
