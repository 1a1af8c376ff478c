"""El cortacircuitos: deja de llamar a una API que no hace más que fallar.

Cerrado, todo pasa. Tras varios fallos seguidos se abre, y nada pasa. Cuando ha
descansado, deja pasar una sola petición: según cómo le vaya, se cierra o se abre otra
vez. (Michael Nygard, «Release It!»)
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from cliente.errores import CircuitoAbierto


@dataclass
class Circuito:
    """Lleva la cuenta de los fallos seguidos."""

    fallos_seguidos: int
    descanso: float
    reloj: Callable[[], float]
    _fallos: int = 0
    _abierto_desde: float | None = None
    _probando: bool = False
    _epoca: int = 0
    _cerrojo: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def pedir_paso(self) -> int:
        """Deja pasar, o lanza CircuitoAbierto; devuelve lo que pide `bien` o `mal`."""
        with self._cerrojo:
            if self._abierto_desde is None:
                return self._epoca
            descansado = self.reloj() - self._abierto_desde >= self.descanso
            if not descansado or self._probando:
                raise CircuitoAbierto("la API no responde bien; espera un poco")
            self._probando = True
            self._epoca += 1
            return self._epoca

    def bien(self, paso: int) -> None:
        """La petición que pasó ha ido bien."""
        with self._cerrojo:
            if paso == self._epoca:
                self._fallos = 0
                self._abierto_desde = None
                self._probando = False

    def mal(self, paso: int) -> None:
        """La petición que pasó ha fallado."""
        with self._cerrojo:
            if paso != self._epoca:
                return  # salió antes de que se abriera
            self._fallos += 1
            if self._probando or self._fallos >= self.fallos_seguidos:
                self._abierto_desde = self.reloj()
                self._epoca += 1
            self._probando = False
