# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""Quien escucha los avisos por WebSocket."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from typing import Any

from motor.servicio import Servicio
from requisitos.api import Persona, comprueba
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import ClientConnection, connect

PLAZO = 5.0
"""Segundos que se espera un aviso."""
SILENCIO = 0.25
"""Segundos que se espera para creer que no llega nada más."""


class Oyente:
    """Una conexión a /avisos."""

    def __init__(self, servicio: Servicio, saludo: Any) -> None:
        """Se conecta y saluda; el texto se manda tal cual, y lo demás como JSON."""
        self._abierto = ExitStack()
        url = servicio.direccion.replace("http", "ws", 1) + "/avisos"
        try:
            self._ws: ClientConnection = self._abierto.enter_context(
                connect(url, open_timeout=servicio.plazo, close_timeout=1, proxy=None)
            )
        except (InvalidHandshake, OSError, TimeoutError) as error:
            raise AssertionError(
                f"Se esperaba poder abrir un WebSocket en /avisos, y llegó: {error}"
            ) from error
        texto = saludo if isinstance(saludo, str) else json.dumps(saludo)
        self._ws.send(texto)

    def __enter__(self) -> Oyente:
        """Sin efectos."""
        return self

    def __exit__(self, *_: object) -> None:
        """Cuelga."""
        self._abierto.close()

    def cortar(self) -> None:
        """Como si se fuera la red: sin despedirse."""
        self._ws.socket.close()

    def aviso(self) -> dict[str, Any]:
        """El aviso siguiente; falla si no llega."""
        try:
            texto = self._ws.recv(PLAZO)
        except TimeoutError:
            raise AssertionError("Se esperaba un aviso, y no ha llegado") from None
        except ConnectionClosed as error:
            raise AssertionError(
                f"Se esperaba un aviso, y se cerró la conexión: {error}"
            ) from None
        try:
            aviso = json.loads(texto)
        except ValueError:
            raise AssertionError(f"Se esperaba JSON, y llegó {texto!r}") from None
        campos = {"numero", "pedido", "estado", "momento"}
        comprueba(
            isinstance(aviso, dict) and campos <= set(aviso),
            f"Se esperaba un aviso con {sorted(campos)}, y llegó {aviso}",
        )
        return dict(aviso)

    def avisos(self, cuantos: int) -> list[dict[str, Any]]:
        """Los siguientes."""
        return [self.aviso() for _ in range(cuantos)]

    def calla(self, que: str, espera: float = SILENCIO) -> None:
        """Falla si llega algo más."""
        try:
            texto = self._ws.recv(espera)
        except TimeoutError:
            return
        except ConnectionClosed as error:
            raise AssertionError(f"Se esperaba seguir oyendo, y: {error}") from None
        raise AssertionError(f"Se esperaba silencio {que}, y llegó {texto!r}")

    def cierre_o_silencio(self, espera: float = 4 * SILENCIO) -> int | None:
        """El código con que lo cierran, o None si sigue abierto y callado."""
        try:
            texto = self._ws.recv(espera)
        except TimeoutError:
            return None
        except ConnectionClosed as error:
            return error.rcvd.code if error.rcvd else 1006
        raise AssertionError(f"Se esperaba silencio, y llegó {texto!r}")

    def cierre(self) -> int:
        """El código con que lo cierran; falla si no lo hacen."""
        final = time.monotonic() + PLAZO
        try:
            while time.monotonic() < final:
                self._ws.recv(PLAZO)
        except ConnectionClosed as error:
            return error.rcvd.code if error.rcvd else 1006
        except TimeoutError:
            pass
        raise AssertionError("Se esperaba que cerrara la conexión, y sigue abierta")


def escuchar(servicio: Servicio, quien: Persona, desde: int | None = None) -> Oyente:
    """Alguien que escucha sus avisos: los de después de ese, o los nuevos."""
    saludo: dict[str, Any] = {"token": quien.token}
    return Oyente(servicio, saludo if desde is None else saludo | {"desde": desde})
