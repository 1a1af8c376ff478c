"""SMS y push: dos proveedores a los que se llega por HTTP, con la misma forma."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING

import httpx2

from avisos.canales import Mensaje, Respuesta, Resultado

if TYPE_CHECKING:
    from pydantic import SecretStr


class Pasarela:
    """Un proveedor HTTP; la Idempotency-Key impide que entregue dos veces lo mismo."""

    def __init__(self, nombre: str, url: str, clave: SecretStr, plazo: float) -> None:
        """Sin efectos: se conecta al enviar."""
        self.nombre, self._plazo = nombre, plazo
        self._url = url.rstrip("/") + "/mensajes"
        autorizacion = f"Bearer {clave.get_secret_value()}"
        self._cliente = httpx2.AsyncClient(
            headers={"Authorization": autorizacion}, timeout=plazo, trust_env=False
        )

    async def enviar(self, mensaje: Mensaje) -> Respuesta:
        """Un intento, con un plazo para todo él (el de httpx2 es por cada lectura)."""
        datos = {"para": mensaje.para, "texto": mensaje.texto}
        datos |= {"titulo": mensaje.asunto, "referencia": mensaje.referencia}
        cabeceras = mensaje.cabeceras | {
            "Idempotency-Key": f"{mensaje.referencia}:{self.nombre}"
        }
        try:
            async with asyncio.timeout(self._plazo):
                llega = await self._cliente.post(
                    self._url, json=datos, headers=cabeceras
                )
        except (TimeoutError, httpx2.TimeoutException):
            return Respuesta(Resultado.TEMPORAL, "tiempo", culpa=True)
        except httpx2.HTTPError:
            return Respuesta(Resultado.TEMPORAL, "corte", culpa=True)
        codigo = str(llega.status_code)
        if llega.is_success:
            return Respuesta(Resultado.ACEPTADO, codigo)
        if llega.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            pide = llega.headers.get("retry-after", "")
            espera = float(pide) if pide.isascii() and pide.isdigit() else 0.0
            return Respuesta(Resultado.TEMPORAL, codigo, espera=espera)
        if llega.is_server_error:
            return Respuesta(Resultado.TEMPORAL, codigo, culpa=True)
        return Respuesta(Resultado.PERMANENTE, codigo)

    async def cerrar(self) -> None:
        """Cierra las conexiones que guardaba."""
        await self._cliente.aclose()
