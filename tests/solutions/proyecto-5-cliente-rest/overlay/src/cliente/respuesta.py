"""Lo que la API ha contestado."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cliente.errores import RespuestaInvalida

_VALOR = r'(?:"(?P<entre>(?:[^"\\]|\\.)*)"|(?P<suelto>[^\s;,"]*))'
PARAMETRO = re.compile(rf"\s*;\s*(?P<nombre>[^\s=;,]+)(?:\s*=\s*{_VALOR})?")
_SIN_NOMBRES = re.sub(r"\?P<\w+>", "?:", PARAMETRO.pattern)
ENLACE = re.compile(rf"<(?P<direccion>[^>]*)>(?P<parametros>(?:{_SIN_NOMBRES})*)")


@dataclass(frozen=True)
class Respuesta:
    """Una respuesta que salió bien (2xx)."""

    estado: int
    url: str
    cabeceras: Mapping[str, str] = field(repr=False)
    cuerpo: bytes = field(repr=False)
    de_cache: bool = False

    @property
    def datos(self) -> Any:
        """El cuerpo, entendido como JSON.

        Raises:
            RespuestaInvalida: no lo es.
        """
        try:
            return json.loads(self.cuerpo)
        except (ValueError, RecursionError):
            raise RespuestaInvalida(f"{self.url} no ha contestado con JSON") from None

    @property
    def enlaces(self) -> dict[str, str]:
        """La cabecera Link (RFC 8288): dirección por relación."""
        hallados: dict[str, str] = {}
        for enlace in ENLACE.finditer(self.cabeceras.get("link", "")):
            for parametro in PARAMETRO.finditer(enlace["parametros"]):
                valor = parametro["entre"] or parametro["suelto"] or ""
                if parametro["nombre"].lower() == "rel":
                    for relacion in valor.lower().split():
                        hallados.setdefault(relacion, enlace["direccion"].strip())
        return hallados
