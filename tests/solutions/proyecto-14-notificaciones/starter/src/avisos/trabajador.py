"""El otro proceso: coge avisos de la cola y los manda. Puede haber varios.

uv run python -m avisos.trabajador
"""

import asyncio
import signal
from contextlib import suppress

from avisos import registro
from avisos.registro import REGISTRO


async def principal() -> None:
    """El proceso, desde que arranca hasta que se le pide parar."""
    registro.preparar()
    parar = asyncio.Event()
    bucle = asyncio.get_running_loop()
    for cual in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):  # en Windows
            bucle.add_signal_handler(cual, parar.set)
    # Las pruebas esperan a leer esto para empezar.
    REGISTRO.info("trabajador listo")
    # Por hacer (R1): coger de la cola lo que ya toca, enviarlo, y apuntar cómo fue;
    # varios a la vez, y sin morirse si Redis no está un rato.
    await parar.wait()


if __name__ == "__main__":
    asyncio.run(principal())
