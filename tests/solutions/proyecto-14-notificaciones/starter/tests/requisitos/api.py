# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""El cliente de estas pruebas: sabe de avisos. Lo demás, en motor/."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from weakref import WeakSet

import httpx2
import pytest
from motor.cliente import (
    Cliente,
    comprueba,
    espera,
    json_de,
    problema,
    resumen,
    unico,
)
from motor.limites import plazo
from motor.ordenes_redis import ordenar
from motor.servicio import Servicio
from requisitos.proveedores import Buzon, Pasarela, Recolector

__all__ = ["comprueba", "espera", "hasta", "json_de", "problema", "resumen", "unico"]

T = TypeVar("T")
CANALES = ("email", "sms", "push")
VENTANA = 600
"""RATE_WINDOW_SECONDS de los programas que arrancan las pruebas."""
LIMITES = {"email": 8, "sms": 5, "push": 7}
CORTE = 30
"""BREAKER_SECONDS."""
FALLOS = 5
"""BREAKER_FAILURES."""
INTENTOS = 3
"""MAX_ATTEMPTS."""
REINTENTO = 10
"""RETRY_SECONDS."""
PRESTAMO = 5
"""LEASE_SECONDS."""


def hasta(mirar: Callable[[], T], que: str, segundos: float = 4) -> T:
    """Espera a que eso dé algo; si no, falla y dice qué se esperaba."""
    __tracebackhide__ = True
    final = time.monotonic() + plazo(segundos)
    while not (visto := mirar()):
        comprueba(time.monotonic() < final, f"Se esperaba {que}, y no ha pasado")
        time.sleep(0.01)
    return visto


_contados = iter(range(10**9))


@dataclass
class Persona:
    """Alguien a quien nadie más avisa, con un destino suyo en cada canal."""

    usuario: str = field(default_factory=lambda: unico("usuario"))
    email: str = field(default_factory=lambda: f"{unico('buzon')}@example.com")
    sms: str = field(
        default_factory=lambda: (
            f"+34{int(time.time_ns() // 1000) % 10**7:07d}{next(_contados) % 1000:03d}"
        )
    )
    push: str = field(default_factory=lambda: unico("dispositivo"))

    @property
    def destinos(self) -> dict[str, str]:
        """Todos sus destinos."""
        return {"email": self.email, "sms": self.sms, "push": self.push}


class Reloj:
    """La hora de un programa, que solo avanza cuando lo dice una prueba."""

    def __init__(self, url: str, clave: str) -> None:
        """Sin efectos."""
        self._url, self._clave = url, clave

    def ahora(self) -> float:
        """La hora a la que está parado (desde la primera vez que se le pregunta)."""
        ordenar(self._url, "SET", self._clave, str(int(time.time())), "NX")
        return float(ordenar(self._url, "GET", self._clave))

    def adelantar(self, segundos: float) -> None:
        """Pasa ese tiempo, de golpe."""
        ordenar(self._url, "SET", self._clave, str(self.ahora() + segundos))


_con_reloj: WeakSet[Servicio] = WeakSet()


class Api(Cliente):
    """Un cliente que conoce a la gente, a los proveedores y la hora."""

    @property
    def es_nuestro(self) -> bool:
        """Si el programa lo han arrancado las pruebas (y no --direccion)."""
        self.servicio.direccion  # noqa: B018 - hasta que arranca no hay ajustes
        return bool(self.servicio.ajustes)

    @property
    def reloj(self) -> Reloj:
        """Su reloj; con --direccion no hay."""
        return Reloj(self.ajuste("REDIS_URL"), self.ajuste("CLOCK_KEY"))

    def pedir(
        self, metodo: str, ruta: str, quien: Any = None, **mas: Any
    ) -> httpx2.Response:
        """Manda una petición, con el reloj ya parado."""
        if self.es_nuestro and self.servicio not in _con_reloj:
            self.reloj.ahora()
            _con_reloj.add(self.servicio)
        return super().pedir(metodo, ruta, quien, **mas)

    def proveedor(self, nombre: str) -> Any:
        """El servidor de mentira que hace de ese tercero."""
        if not self.es_nuestro:
            pytest.skip("con --direccion, los avisos no llegan a estos proveedores")
        return self.servicio.recurso(nombre).servidor

    @property
    def correo(self) -> Buzon:
        """El servidor SMTP."""
        buzon: Buzon = self.proveedor("email")
        return buzon

    @property
    def sms(self) -> Pasarela:
        """El proveedor de SMS."""
        pasarela: Pasarela = self.proveedor("sms")
        return pasarela

    @property
    def push(self) -> Pasarela:
        """El proveedor de push."""
        pasarela: Pasarela = self.proveedor("push")
        return pasarela

    @property
    def recolector(self) -> Recolector:
        """El recolector de OpenTelemetry."""
        recolector: Recolector = self.proveedor("recolector")
        return recolector

    # --- avisos ------------------------------------------------------------------

    def pedir_aviso(
        self,
        persona: Persona,
        *canales: str,
        clave: str | None = None,
        cabeceras: Mapping[str, str] | None = None,
        **campos: Any,
    ) -> httpx2.Response:
        """POST /avisos, para esa persona y por esos canales (sms, si no se dice)."""
        datos = {
            "usuario": persona.usuario,
            "canales": list(canales) or ["sms"],
            "destinos": persona.destinos,
        } | campos
        if "contenido" not in datos and "plantilla" not in datos:
            datos["contenido"] = {"asunto": "Hola", "texto": "Esto es un aviso."}
        todas = dict(cabeceras or {})
        if clave is not None:
            todas["Idempotency-Key"] = clave
        return self.pedir("POST", "/avisos", json=datos, headers=todas)

    def avisar(self, persona: Persona, *canales: str, **campos: Any) -> str:
        """Pide un aviso que tiene que aceptarse, y da su id."""
        __tracebackhide__ = True
        respuesta = self.pedir_aviso(persona, *canales, **campos)
        return id_de(respuesta, al="pedir un aviso")

    def aviso(self, id_: str) -> dict[str, Any]:
        """GET /avisos/{id}."""
        respuesta = espera(self.get(f"/avisos/{id_}"), 200, al="mirar un aviso")
        return dict(json_de(respuesta))

    def queda(self, id_: str, estado: str, segundos: float = 4) -> dict[str, Any]:
        """Espera a que un aviso llegue a ese estado, y lo da."""
        __tracebackhide__ = True
        visto: dict[str, Any] = {}

        def mirar() -> bool:
            visto.update(self.aviso(id_))
            return visto.get("estado") == estado

        final = time.monotonic() + plazo(segundos)
        while not mirar():
            comprueba(
                time.monotonic() < final,
                f"Se esperaba que el aviso acabara «{estado}», y sigue así: {visto}"
                + self._lo_que_dice(),
            )
            time.sleep(0.01)
        return visto

    def _lo_que_dice(self) -> str:
        salida = self.servicio.salida()
        return (
            f"\n--- lo que escribió tu programa ---\n{salida[-1500:]}" if salida else ""
        )

    def intentos(self, id_: str) -> list[tuple[str, str]]:
        """Los intentos de un aviso: por qué canal y cómo acabó cada uno."""
        return [(i["canal"], i["resultado"]) for i in self.aviso(id_)["intentos"]]

    def cuando(self, id_: str, cuantos: int) -> list[tuple[str, str]]:
        """Los intentos de un aviso, cuando ya hay tantos apuntados."""
        __tracebackhide__ = True
        hasta(
            lambda: len(self.intentos(id_)) >= cuantos,
            f"que hubiera {cuantos} intentos apuntados en GET /avisos/{{id}}",
        )
        return self.intentos(id_)

    def pasa_otro(self, *canales: str) -> None:
        """Otro aviso llega: lo que hubiera pendiente de antes ya habría salido."""
        __tracebackhide__ = True
        self.queda(self.avisar(Persona(), *canales), "enviado")

    def firmar(self, canal: str, cuerpo: bytes) -> str:
        """La firma que pone un proveedor."""
        clave = self.ajuste(f"{canal.upper()}_KEY").encode()
        return "sha256=" + hmac.new(clave, cuerpo, hashlib.sha256).hexdigest()

    def cuenta(
        self, canal: str, referencia: str, estado: str, firma: str | None = None
    ) -> httpx2.Response:
        """POST /estados/{canal}, como lo hace un proveedor."""
        cuerpo = json.dumps({"referencia": referencia, "estado": estado}).encode()
        cabeceras = {"Content-Type": "application/json"}
        cabeceras["X-Signature"] = (
            self.firmar(canal, cuerpo) if firma is None else firma
        )
        if not cabeceras["X-Signature"]:
            del cabeceras["X-Signature"]
        return self.pedir(
            "POST", f"/estados/{canal}", content=cuerpo, headers=cabeceras
        )

    # --- plantillas --------------------------------------------------------------

    def publicar(self, nombre: str, **partes: Any) -> httpx2.Response:
        """Guarda una versión con un solo idioma, «es»."""
        es = {"asunto": "Hola", "texto": "Hola"} | partes
        datos = {"por_defecto": "es", "idiomas": {"es": es}}
        return self.post(f"/plantillas/{nombre}/versiones", datos)

    def vista(self, nombre: str, **mas: Any) -> httpx2.Response:
        """Cómo queda una plantilla."""
        datos = {"idioma": "es", "variables": {}} | mas
        return self.post(f"/plantillas/{nombre}/vista", datos)

    # --- circuitos ---------------------------------------------------------------

    def circuito(self, canal: str) -> str:
        """Cómo está el circuito de un proveedor."""
        respuesta = espera(self.get("/proveedores"), 200, al="mirar los circuitos")
        estado = json_de(respuesta).get(canal, {}).get("circuito")
        return str(estado)


def id_de(respuesta: httpx2.Response, al: str, necesita: str = "R1") -> str:
    """El id de un aviso recién aceptado."""
    __tracebackhide__ = True
    datos = json_de(espera(respuesta, 202, al=f"{al} ({necesita})"))
    comprueba(
        isinstance(datos, dict) and isinstance(datos.get("id"), str) and datos["id"],
        f"Se esperaba el aviso aceptado, con su id, y llegó {resumen(respuesta)}",
    )
    return str(datos["id"])
