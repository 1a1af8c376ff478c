"""Lo que la API ha contestado."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from cliente.errores import RespuestaInvalida


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
        enlaces = self.cabeceras.get("link", "").encode()  # no siempre es ASCII
        hecha = httpx2.Response(200, headers=[(b"link", enlaces)])
        return {
            relacion: enlace["url"]
            for relacion, enlace in hecha.links.items()
            if relacion and "url" in enlace
        }
