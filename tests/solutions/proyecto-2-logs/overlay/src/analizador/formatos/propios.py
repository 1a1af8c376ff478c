"""Formatos que inventa quien usa el programa, en un archivo TOML."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from analizador.entrada import Entrada, a_utc, crear
from analizador.errores import ErrorDeUso
from analizador.formatos import DE_FABRICA
from analizador.patrones import es_exponencial

CAMPOS = frozenset(
    "momento nivel mensaje cliente programa metodo ruta estado duracion_ms".split()
)
RESERVADOS = {"auto", *(formato.nombre for formato in DE_FABRICA)}


@dataclass(frozen=True)
class FormatoPropio:
    """Un patrón con grupos que se llaman como los campos de una entrada."""

    nombre: str
    patron: re.Pattern[str]
    fecha: str | None
    """Como la entiende strptime; sin ella, ISO 8601."""

    def analizar(self, linea: str) -> Entrada | None:
        """La entrada que dice la línea, o None si no es de este formato."""
        encaje = self.patron.fullmatch(linea)
        if encaje is None or encaje["momento"] is None:
            return None
        try:
            if self.fecha is None:
                momento = datetime.fromisoformat(encaje["momento"])
            else:
                momento = datetime.strptime(encaje["momento"], self.fecha)
            momento = a_utc(momento)
        except (ValueError, OverflowError):
            return None
        return crear(self.nombre, momento, encaje.groupdict())


def cargar(ruta: Path) -> list[FormatoPropio]:
    """Los formatos de un archivo, en su orden.

    Raises:
        ErrorDeUso: el archivo o alguno de sus patrones no sirve.
    """
    try:
        documento = tomllib.loads(ruta.read_text(encoding="utf-8"))
    except OSError as error:
        raise ErrorDeUso(f"{ruta}: no se puede leer ({error.strerror})") from error
    except ValueError as error:  # TOML mal escrito, o que no está en UTF-8
        raise ErrorDeUso(f"{ruta}: no es TOML en UTF-8: {error}") from error
    formatos = documento.get("formatos")
    if not isinstance(formatos, dict):
        raise ErrorDeUso(f"{ruta}: falta la tabla [formatos.NOMBRE]")
    return [_formato(nombre, datos) for nombre, datos in formatos.items()]


def _formato(nombre: str, datos: object) -> FormatoPropio:
    donde = f"el formato «{nombre}»"
    if nombre in RESERVADOS:
        raise ErrorDeUso(f"{donde} se llama como uno de fábrica: dale otro nombre")
    if not isinstance(datos, dict) or not isinstance(datos.get("patron"), str):
        raise ErrorDeUso(f"{donde} necesita un patron, entre comillas")
    fecha = datos.get("fecha")
    if not isinstance(fecha, str | None):
        raise ErrorDeUso(f"la fecha de {donde} tiene que ir entre comillas")
    if sobra := sorted(datos.keys() - {"patron", "fecha"}):
        raise ErrorDeUso(f"{donde} tiene algo que no conozco: {', '.join(sobra)}")
    return FormatoPropio(nombre, _compilar(donde, datos["patron"]), fecha)


def _compilar(donde: str, texto: str) -> re.Pattern[str]:
    try:
        patron = re.compile(texto)
    except (re.error, OverflowError, RecursionError) as error:
        raise ErrorDeUso(f"el patrón de {donde} está mal escrito: {error}") from error
    grupos = set(patron.groupindex)
    if desconocidos := sorted(grupos - CAMPOS):
        raise ErrorDeUso(
            f"{donde} tiene grupos que no conozco: {', '.join(desconocidos)}; "
            f"los que hay: {', '.join(sorted(CAMPOS))}"
        )
    if "momento" not in grupos:
        raise ErrorDeUso(f"{donde} necesita un grupo (?P<momento>…)")
    if es_exponencial(texto):
        raise ErrorDeUso(
            f"el patrón de {donde} puede no acabar nunca: tiene una repetición o una "
            "alternativa dentro de algo que se repite. Escríbelo sin anidar, o con un "
            "grupo atómico (?>…)"
        )
    return patron
