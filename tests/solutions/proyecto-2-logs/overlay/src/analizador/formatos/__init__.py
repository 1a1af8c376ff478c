"""Los formatos que el programa conoce, y cuál toca en cada línea."""

from __future__ import annotations

from collections.abc import Sequence

from analizador.entrada import Entrada
from analizador.errores import ErrorDeUso
from analizador.formatos.base import Formato
from analizador.formatos.combined import Combined
from analizador.formatos.lineas_json import LineasJson
from analizador.formatos.python_logging import PythonLogging
from analizador.formatos.syslog import Syslog

DE_FABRICA: tuple[Formato, ...] = (LineasJson(), Syslog(), PythonLogging(), Combined())


class Detector:
    """Reconoce cada línea por su contenido, con los formatos que se le permiten."""

    def __init__(self, formatos: Sequence[Formato]) -> None:
        """Sin efectos. `formatos` está en orden de preferencia."""
        self.formatos = formatos

    def analizar(self, linea: str) -> Entrada | None:
        """La entrada según el primer formato que entiende la línea, o None."""
        for formato in self.formatos:
            entrada = formato.analizar(linea)
            if entrada is not None:
                return entrada
        return None


def elegir(nombre: str, propios: Sequence[Formato] = ()) -> Detector:
    """El detector para --formato: «auto» los prueba todos, primero los propios.

    Raises:
        ErrorDeUso: nadie conoce ese formato.
    """
    todos = {formato.nombre: formato for formato in (*propios, *DE_FABRICA)}
    if nombre == "auto":
        return Detector(list(todos.values()))
    if nombre not in todos:
        raise ErrorDeUso(
            f"no conozco el formato «{nombre}»; los que hay: auto, {', '.join(todos)}"
        )
    return Detector([todos[nombre]])
