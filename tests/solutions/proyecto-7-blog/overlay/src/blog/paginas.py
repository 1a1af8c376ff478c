"""Páginas que no se mueven: el cursor dice después de cuál se sigue, no cuántos van."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime

from fastapi.exceptions import RequestValidationError


@dataclass(frozen=True)
class Cursor:
    """El último de una página: su instante y su id, que deshace los empates."""

    instante: datetime
    id: int

    def __str__(self) -> str:
        """Como se le da a quien pregunta: un texto que solo se devuelve."""
        datos = json.dumps([self.instante.isoformat(), self.id])
        return urlsafe_b64encode(datos.encode()).decode().rstrip("=")


def leer_cursor(texto: str | None) -> Cursor | None:
    """El cursor que devuelve quien pregunta; si no lo hicimos nosotros, 422."""
    if texto is None:
        return None
    try:
        relleno = "=" * (-len(texto) % 4)
        momento, numero = json.loads(urlsafe_b64decode(texto + relleno))
        cursor = Cursor(datetime.fromisoformat(momento), int(numero))
        if cursor.instante.tzinfo is None or not 0 <= cursor.id < 2**31:
            raise ValueError("no es un cursor")
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise RequestValidationError(
            [{"loc": ("query", "cursor"), "msg": "no es un cursor de esta lista"}]
        ) from error
    return cursor
