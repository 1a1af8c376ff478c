"""La entrada: lo que todos los formatos dicen, dicho siempre igual.

Aquí no se abre ningún archivo ni se imprime nada: solo datos y sus reglas.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

NIVELES = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


@dataclass(slots=True)
class Entrada:
    """Una línea de log ya entendida. Lo que la línea no dice queda en None.

    Con slots=True cada entrada ocupa menos: habrá millones. Roadmap 1.5:
    https://docs.python.org/3/tutorial/classes.html
    """

    momento: datetime | None
    """Con zona, y siempre UTC."""
    formato: str
    nivel: str | None = None
    mensaje: str | None = None
    cliente: str | None = None
    programa: str | None = None
    metodo: str | None = None
    ruta: str | None = None
    estado: int | None = None
    duracion_ms: int | None = None
    origen: str = ""
    linea: int = 0

    @property
    def es_error(self) -> bool:
        """R2: ¿cuenta como error? El contrato dice cuándo."""
        raise NotImplementedError("R2 · decidir si una entrada es un error")

    def como_dict(self) -> dict[str, object]:
        """R1: lo que «leer» escribe en JSON. ¿Y el momento, que JSON no conoce?

        Roadmap 1.6: https://docs.python.org/3/library/json.html
        """
        raise NotImplementedError("R1 · la entrada, como objeto JSON")


# R1: cada formato llama a las cosas a su manera («warn», «WARNING», gravedad 4). Aquí
# hace falta una función que reciba lo que encontró un formato y haga una Entrada con
# los nombres, los tipos y la hora del contrato. Que sea una sola: así los cuatro
# formatos (y los de R4) cumplen las mismas reglas.
