"""El correo: un servidor SMTP."""

from __future__ import annotations

import asyncio
import html
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiosmtplib

from avisos.canales import Mensaje, Respuesta, Resultado

if TYPE_CHECKING:
    from avisos.ajustes import Ajustes


def redactar(mensaje: Mensaje, remitente: str) -> EmailMessage:
    """El correo con sus dos partes. La referencia le da un Message-ID que no cambia."""
    correo = EmailMessage(policy=SMTP)
    cuenta, _, dominio = mensaje.para.rpartition("@")
    correo["From"] = remitente
    correo["To"] = Address(username=cuenta, domain=dominio)
    correo["Subject"] = mensaje.asunto
    correo["Date"] = formatdate(usegmt=True)
    correo["Message-ID"] = f"<{mensaje.referencia}@{remitente.rpartition('@')[2]}>"
    # En base64 sobrevive cualquier texto: líneas larguísimas, puntos, acentos…
    correo.set_content(mensaje.texto, cte="base64")
    rico = mensaje.html
    if rico is None:
        rico = f'<p style="white-space: pre-wrap">{html.escape(mensaje.texto)}</p>'
    correo.add_alternative(rico, subtype="html", cte="base64")
    return correo


class Correo:
    """Abre una conexión por mensaje: sencillo, y nada se queda a medias."""

    nombre = "email"

    def __init__(self, ajustes: Ajustes) -> None:
        """Sin efectos: se conecta al enviar."""
        partes = urlsplit(ajustes.smtp_url)
        self._host, self._puerto = partes.hostname or "localhost", partes.port or 25
        self._usuario, self._clave = partes.username, partes.password
        self._remitente = ajustes.mail_from
        self._plazo = ajustes.provider_timeout_seconds

    async def enviar(self, mensaje: Mensaje) -> Respuesta:
        """Un intento, con un plazo para todo él."""
        cliente = aiosmtplib.SMTP(
            hostname=self._host,
            port=self._puerto,
            username=self._usuario,
            password=self._clave,
            start_tls=False,
            timeout=self._plazo,
        )
        try:
            async with asyncio.timeout(self._plazo):
                await cliente.connect()
                await cliente.send_message(
                    redactar(mensaje, self._remitente),
                    sender=self._remitente,
                    recipients=[mensaje.para],
                )
        except (TimeoutError, aiosmtplib.SMTPTimeoutError):
            return Respuesta(Resultado.TEMPORAL, "tiempo", culpa=True)
        except aiosmtplib.SMTPRecipientsRefused as error:
            return self._segun(min(uno.code for uno in error.recipients))
        except aiosmtplib.SMTPResponseException as error:
            return self._segun(error.code)
        except (aiosmtplib.SMTPException, OSError):
            return Respuesta(Resultado.TEMPORAL, "corte", culpa=True)
        finally:
            # Sin QUIT: lo que pase al despedirse ya no cambia nada.
            cliente.close()
        return Respuesta(Resultado.ACEPTADO, "250")

    def _segun(self, codigo: int) -> Respuesta:
        """Lo que significa un código: los 5xx son para siempre, y los 4xx no."""
        if codigo >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return Respuesta(Resultado.PERMANENTE, str(codigo))
        return Respuesta(Resultado.TEMPORAL, str(codigo), culpa=True)

    async def cerrar(self) -> None:
        """No guarda ninguna conexión."""
