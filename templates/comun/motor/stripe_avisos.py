"""Los avisos (webhooks) del Stripe de mentira: firmados, y repetidos hasta que llegan.

Como en el de verdad, cada aviso puede llegar dos veces, tarde o en otro orden: aquí,
cuando lo pide la prueba.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Queue
from typing import Any
from urllib.parse import urlsplit

Objeto = dict[str, Any]
PLAZO = 10.0
"""Segundos que se espera a que alguien conteste un aviso."""


@dataclass
class Envio:
    """Un aviso que todavía no ha contestado nadie con un 2xx."""

    evento: Objeto
    url: str
    intentos: int = 0
    cuando: float = 0.0


class Avisos:
    """Los eventos que ha habido, y a quién se le cuentan."""

    def __init__(self, secreto: str, ahora: Callable[[], float]) -> None:
        """Firma con ese secreto, a esa hora. Sin dirección, no avisa a nadie."""
        self.secreto, self._ahora = secreto, ahora
        self._cola: Queue[Envio | None] = Queue()
        self._hilo: threading.Thread | None = None
        self._cerrojo = threading.Lock()
        self.vaciar()

    def vaciar(self) -> None:
        """Olvida los eventos y a quién se avisaba."""
        self.url = ""
        """A quién se avisa de lo que pase desde ahora."""
        self.veces = 1
        """Cuántas veces se manda cada aviso, aunque se conteste bien a la primera."""
        self.eventos: list[Objeto] = []
        self.respuestas: list[tuple[str, int]] = []
        """De cada aviso que se ha mandado: su evento, y el código que contestaron."""
        self._pendientes: list[Envio] = []
        self._retenidos: list[Objeto] | None = None

    def emitir(self, tipo: str, objeto: Objeto) -> Objeto:
        """Apunta que ha pasado algo, y avisa de ello sin esperar la respuesta."""
        with self._cerrojo:
            evento = {
                "id": f"evt_{secrets.token_hex(12)}",
                "object": "event",
                "type": tipo,
                "created": int(self._ahora()),
                "api_version": "2026-01-28",
                "livemode": False,
                "data": {"object": json.loads(json.dumps(objeto))},
            }
            self.eventos.append(evento)
            if self._retenidos is not None:
                self._retenidos.append(evento)
            elif self.url:
                self.encolar(evento)
        return evento

    def encolar(self, evento: Objeto) -> None:
        """Avisa de ese evento sin esperar la respuesta; si no es buena, insiste."""
        if self._hilo is None:
            self._hilo = threading.Thread(target=self._repartir, daemon=True)
            self._hilo.start()
        for _ in range(self.veces):
            self._cola.put(Envio(evento, self.url))

    def _repartir(self) -> None:
        while (envio := self._cola.get()) is not None:
            self._mandar(envio)
            self._cola.task_done()
        self._cola.task_done()

    def _mandar(self, envio: Envio) -> None:
        estado = self.entregar(envio.evento, envio.url)
        if not 200 <= estado < 300:
            # Cada vez más tarde: al minuto, a los dos, a los cuatro…
            envio.cuando = self._ahora() + 60 * 2**envio.intentos
            envio.intentos += 1
            self._pendientes.append(envio)

    def esperar(self) -> None:
        """Vuelve cuando se han mandado todos los avisos que tocaban."""
        self._cola.join()

    def reintentar(self) -> None:
        """Manda otra vez, y espera, los que nadie contestó bien y ya toca repetir."""
        self.esperar()
        tocan = [envio for envio in self._pendientes if envio.cuando <= self._ahora()]
        for envio in tocan:
            self._pendientes.remove(envio)
            self._mandar(envio)

    @contextmanager
    def retenidos(self) -> Iterator[list[Objeto]]:
        """Lo que pase en el bloque no se avisa: se da, para entregarlo como se quiera."""
        self._retenidos = guardados = list[Objeto]()
        try:
            yield guardados
        finally:
            self._retenidos = None

    def entregar(
        self,
        evento: Objeto,
        url: str = "",
        *,
        firma: str | None = None,
        momento: float | None = None,
    ) -> int:
        """Manda ese aviso ahora y da el código que contestan (0: nadie).

        ``firma`` es la cabecera que lleva (vacía: no lleva); si no se dice, la buena, a
        la hora ``momento``.
        """
        cuerpo = json.dumps(evento, ensure_ascii=False).encode()
        firma = self.firmar(cuerpo, momento) if firma is None else firma
        cabeceras = {"Content-Type": "application/json"}
        if firma:
            cabeceras["Stripe-Signature"] = firma
        partes = urlsplit(url or self.url)
        conexion = http.client.HTTPConnection(partes.netloc, timeout=PLAZO)
        try:
            conexion.request("POST", partes.path, cuerpo, cabeceras)
            estado = conexion.getresponse().status
        except OSError:
            estado = 0
        finally:
            conexion.close()
        self.respuestas.append((str(evento.get("id")), estado))
        return estado

    def firmar(
        self, cuerpo: bytes, momento: float | None = None, secreto: str = ""
    ) -> str:
        """La cabecera Stripe-Signature de ese cuerpo, a esa hora."""
        cuando = int(self._ahora() if momento is None else momento)
        clave = (secreto or self.secreto).encode()
        sello = hmac.new(clave, f"{cuando}.".encode() + cuerpo, hashlib.sha256)
        return f"t={cuando},v1={sello.hexdigest()}"

    def cerrar(self) -> None:
        """Deja de avisar."""
        if self._hilo is not None:
            self._cola.put(None)
            self._hilo.join(PLAZO)
            self._hilo = None
