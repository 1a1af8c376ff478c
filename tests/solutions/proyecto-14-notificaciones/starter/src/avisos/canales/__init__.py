"""El puerto por el que sale un mensaje, y lo que todos los canales prometen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Resultado(StrEnum):
    """Cómo acaba un intento de enviar."""

    ACEPTADO = "aceptado"
    TEMPORAL = "temporal"
    """Puede que otra vez salga bien."""
    PERMANENTE = "permanente"
    """Por este canal no saldrá nunca."""


@dataclass(frozen=True)
class Mensaje:
    """Lo que se le da a un canal, ya redactado."""

    referencia: str
    para: str
    asunto: str
    texto: str
    html: str | None
    cabeceras: dict[str, str]
    """Las que llevan la traza."""


@dataclass(frozen=True)
class Respuesta:
    """Qué ha dicho el proveedor, sin nada de lo que se le mandó."""

    resultado: Resultado
    codigo: str
    """El suyo, o el nombre del fallo: «503», «tiempo», «corte»."""
    culpa: bool = False
    """Si cuenta como fallo del proveedor en su circuito."""
    espera: float = 0.0
    """Segundos que pide que se espere."""


class Canal(Protocol):
    """Un adaptador: correo, SMS, push, o el que venga."""

    nombre: str

    async def enviar(self, mensaje: Mensaje) -> Respuesta:
        """Lo intenta una vez. No lanza nada: lo que pase está en la respuesta."""
        ...

    async def cerrar(self) -> None:
        """Suelta sus conexiones."""
        ...
