"""Lo que se puede ajustar: dónde escucha, cuánto espera y cuánto admite."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Ajustes:
    """Los ajustes de un servidor. Los plazos van en segundos; los tamaños, en bytes."""

    host: str = "127.0.0.1"
    puerto: int = 0
    """Con 0, el sistema operativo elige un puerto libre."""

    plazo_peticion: float = 10.0
    """Lo que puede tardar en llegar una petición entera, desde su primer byte."""
    plazo_inactividad: float = 5.0
    """Lo que puede pasar sin que el cliente pida nada, o sin que lea la respuesta."""
    plazo_cierre: float = 3.0
    """Lo que se espera, al detener el servidor, a las peticiones a medias."""

    max_linea: int = 8_000
    """Primera línea de la petición, sin contar su CRLF. Más larga: 414."""
    max_cabeceras: int = 16_384
    """Todas las cabeceras juntas. Más: 431."""
    max_numero_cabeceras: int = 100
    """Cuántas cabeceras puede haber. Más: 431."""
    max_cuerpo: int = 1_048_576
    """Cuerpo de la petición. Más grande: 413."""
