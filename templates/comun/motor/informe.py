"""El informe de una ejecución, para quien la ha encargado («scaffold check», quizá).

Con «--informe ARCHIVO» se añade a ARCHIVO una línea de JSON por cada cosa que pasa:

- {"event": "start", "format": 1, "tests": [{"test", "requirement", "criterion",
  "advisory"}, …]}, cuando se sabe qué pruebas se van a hacer; «advisory» son las que
  ejecutan tu código en su mismo proceso, y ahí no se puede calificar;
- {"event": "running", "test"}, antes de cada una: si después no viene nada, esa prueba
  se quedó colgada o cerró el proceso;
- {"event": "outcome", "test", "requirement", "criterion", "outcome", "message",
  "seconds"}, cuando acaba. «outcome» es passed, failed, error o skipped. Un archivo que
  no se puede leer también tiene la suya, antes de «start»: su «test» es el archivo;
- {"event": "end", "exit_code"}, al final. Un informe que la tiene está completo.

Quien lee se salta los eventos y los campos que no conoce; si cambia lo que significan
los que hay, cambia «format».
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

FORMATO = 1


@dataclass(frozen=True)
class Prueba:
    """Una prueba que se va a hacer, con los nombres que tiene en el informe."""

    test: str
    requirement: str
    criterion: str
    advisory: bool = False


class Informe:
    """Escribe los eventos; cada vez abre el archivo, por si el proceso muere."""

    def __init__(self, archivo: Path) -> None:
        self.archivo = archivo.absolute()

    def empieza(self, pruebas: Sequence[Prueba]) -> None:
        """Se van a hacer estas."""
        self._apuntar(
            event="start", format=FORMATO, tests=[asdict(prueba) for prueba in pruebas]
        )

    def en_marcha(self, prueba: str) -> None:
        """Empieza una."""
        self._apuntar(event="running", test=prueba)

    def acaba(
        self, prueba: Prueba, resultado: str, mensaje: str, segundos: float
    ) -> None:
        """Ha acabado una, así y por esto."""
        fin = {"outcome": resultado, "message": mensaje, "seconds": round(segundos, 3)}
        cual = asdict(prueba)
        del cual["advisory"]
        self._apuntar(event="outcome", **cual, **fin)

    def termina(self, codigo: int) -> None:
        """No hay más."""
        self._apuntar(event="end", exit_code=codigo)

    def _apuntar(self, **evento: str | float | Sequence[Mapping[str, str]]) -> None:
        with self.archivo.open("a", encoding="utf-8") as archivo:
            archivo.write(json.dumps(evento) + "\n")
