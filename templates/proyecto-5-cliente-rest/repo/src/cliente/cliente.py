"""El cliente: reúne la clave, los reintentos, el circuito, la caché y las páginas."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx2

from cliente.paginas import recorrer
from cliente.respuesta import Respuesta


class Cliente:
    """Habla con una API REST."""

    def __init__(
        self,
        base: str,
        *,
        clave: str | None = None,
        archivo_clave: Path | None = None,
        intentos: int = 4,
        espera: float = 0.5,
        presupuesto: float = 30.0,
        fallos_seguidos: int = 5,
        descanso: float = 30.0,
        cache: Path | None = None,
        limite_cache: int = 100,
        tiempo_limite: float = 5.0,
        dormir: Callable[[float], None] = time.sleep,
        reloj: Callable[[], float] = time.time,
        transporte: httpx2.BaseTransport | None = None,
    ) -> None:
        """Prepara el cliente; no habla todavía con nadie.

        Qué significa cada opción está en el contrato, en README.md. «dormir» y «reloj»
        se pueden cambiar para probar las esperas sin esperar.
        """
        self._http = httpx2.Client(
            base_url=base, timeout=tiempo_limite, transport=transporte
        )

    def __enter__(self) -> Cliente:
        """Para usarlo con «with»."""
        return self

    def __exit__(
        self,
        tipo: type[BaseException] | None,
        error: BaseException | None,
        traza: TracebackType | None,
    ) -> None:
        """Cierra las conexiones."""
        self.cerrar()

    def cerrar(self) -> None:
        """Cierra las conexiones."""
        self._http.close()

    def recorrer(
        self, ruta: str, parametros: Mapping[str, Any] | None = None
    ) -> Iterator[dict[str, Any]]:
        """Los elementos de una lista repartida en páginas, de uno en uno."""
        return recorrer(ruta)

    def pedir(
        self,
        metodo: str,
        ruta: str,
        *,
        parametros: Mapping[str, Any] | None = None,
        json: Any = None,
        cabeceras: Mapping[str, str] | None = None,
    ) -> Respuesta:
        """Hace una petición y devuelve la respuesta.

        De momento, la que sea: R1 le pone la clave, R3 decide qué es un error y cuándo
        se repite, y R4 mira antes si ya la tenía guardada.
        """
        respuesta = self._http.request(
            metodo, ruta, params=parametros, json=json, headers=cabeceras
        )
        return Respuesta(
            respuesta.status_code,
            str(respuesta.url),
            {nombre.lower(): valor for nombre, valor in respuesta.headers.items()},
            respuesta.content,
        )
