"""El registro del propio programa: qué hace y qué le pasa, lejos del informe.

Los demás módulos solo piden su registro con logging.getLogger(__name__) y apuntan en
él; adónde va y desde qué nivel se decide una vez, aquí. Roadmap 1.8:
https://docs.python.org/3/library/logging.html
"""

from __future__ import annotations

from pathlib import Path


def configurar(
    nivel: str | None, archivo: Path | None, max_bytes: int, copias: int
) -> None:
    """Enciende el registro si se pide, en un archivo que rota o en la salida de error.

    R5: https://docs.python.org/3/howto/logging.html#handlers
    """
    raise NotImplementedError("R5 · configurar el registro")
