# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""El cliente de estas pruebas: sabe de objetivos. Lo demás, en motor/."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import pytest
from motor.cliente import (
    SIN_HACER,
    Cliente,
    comprueba,
    espera,
    json_de,
    problema,
    resumen,
    unico,
)
from motor.limites import plazo
from motor.servicio import Servicio

__all__ = [
    "SIN_HACER",
    "comprueba",
    "espera",
    "json_de",
    "problema",
    "resumen",
    "unico",
]

T = TypeVar("T")
SIN_ESTRENAR = "http://192.0.2.1/"
"""Una URL buena, a la que estas pruebas no llaman."""


@dataclass
class Hora:
    """El reloj del programa, que solo se mueve si se le dice."""

    api: Api

    @property
    def archivo(self) -> Path:
        """De donde lee la hora el programa."""
        return Path(self.api.ajuste("RELOJ"))

    def ahora(self) -> datetime:
        """Lo que marca."""
        return datetime.fromisoformat(self.archivo.read_text(encoding="utf-8"))

    def poner(self, momento: datetime) -> datetime:
        """Lo pone en hora, de golpe."""
        nuevo = self.archivo.with_suffix(".nuevo")
        nuevo.write_text(momento.isoformat(), encoding="utf-8")
        os.replace(nuevo, self.archivo)
        return momento

    def avanza(self, segundos: float) -> datetime:
        """Deja que pase ese tiempo."""
        return self.poner(self.ahora() + timedelta(seconds=segundos))


class Api(Cliente):
    """Un cliente que crea objetivos, y al acabar los deja parados."""

    def __init__(self, servicio: Servicio, cliente: httpx2.Client) -> None:
        """Sin efectos: el programa arranca con la primera petición."""
        super().__init__(servicio, cliente)
        self._activos: list[int] = []

    def en(self, servicio: Servicio) -> Api:
        """El mismo, pero para hablar con otro proceso."""
        return Api(servicio, self._cliente)

    def crear(self, url: str = SIN_ESTRENAR, **campos: Any) -> dict[str, Any]:
        """Un objetivo nuevo; si no se dice otra cosa, no está activo."""
        datos = {"nombre": unico("Un servicio"), "url": url, "activo": False} | campos
        respuesta = espera(
            self.post("/objetivos", datos), 201, al="crear un objetivo (R1)"
        )
        objetivo = json_de(respuesta)
        con_id = isinstance(objetivo, dict) and isinstance(objetivo.get("id"), int)
        comprueba(con_id, f"Se esperaba el objetivo, con su id, y llegó {objetivo}")
        if datos["activo"]:
            self._activos.append(objetivo["id"])
        return dict(objetivo)

    def leer(self, id: int) -> dict[str, Any]:
        """GET /objetivos/{id}."""
        respuesta = espera(
            self.get(f"/objetivos/{id}"), 200, al="leer un objetivo (R1)"
        )
        return dict(json_de(respuesta))

    def comprobar(self, id: int) -> dict[str, Any]:
        """POST /objetivos/{id}/comprobar."""
        respuesta = self.post(f"/objetivos/{id}/comprobar")
        espera(respuesta, 200, al="comprobar un objetivo (R1)")
        return dict(json_de(respuesta))

    def comprobaciones(self, id: int, **filtros: Any) -> list[dict[str, Any]]:
        """Las últimas, de la más nueva a la más antigua."""
        filtros = {"limite": 100} | filtros
        respuesta = self.get(f"/objetivos/{id}/comprobaciones", **filtros)
        return datos_de(respuesta, "listar las comprobaciones (R1)")

    def parar_los_activos(self) -> None:
        """Que nadie compruebe en otra prueba lo que se creó en esta."""
        for id in self._activos:
            with suppress(AssertionError):  # ya ha fallado lo que tuviera que fallar
                self.patch(f"/objetivos/{id}", {"activo": False})
        self._activos.clear()


def datos_de(respuesta: httpx2.Response, al: str) -> list[dict[str, Any]]:
    """Los elementos de una página, o un fallo si no tiene forma de página."""
    pagina = json_de(espera(respuesta, 200, al=al))
    bien = (
        isinstance(pagina, dict)
        and isinstance(pagina.get("datos"), list)
        and "siguiente" in pagina
    )
    comprueba(
        bien, f"Se esperaba una página con «datos» y «siguiente» al {al}: {pagina}"
    )
    return list(pagina["datos"])


def instante(texto: Any, que: str) -> datetime:
    """Un instante con zona, o un fallo."""
    try:
        momento = datetime.fromisoformat(str(texto))
    except ValueError:
        pytest.fail(f"Se esperaba que {que} fuera un instante, y llegó {texto!r}")
    comprueba(
        momento.tzinfo is not None,
        f"Se esperaba que {que} llevara su zona, y llegó {texto!r}",
    )
    return momento.astimezone(UTC)


def al_final(mirar: Callable[[], T], que: str, segundos: float = 5) -> T:
    """Espera a que algo sea verdad; si no llega a serlo, falla y lo enseña."""
    final = time.monotonic() + plazo(segundos)
    while not (visto := mirar()):
        comprueba(
            time.monotonic() < final,
            f"Se esperaba {que}, y tras {segundos:g} s no ha pasado",
        )
        time.sleep(0.02)
    return visto


def ultima_de(api: Api, id: int) -> dict[str, Any]:
    """La última comprobación de un objetivo."""
    todas = api.comprobaciones(id, limite=1)
    comprueba(todas, f"Se esperaba alguna comprobación del objetivo {id}")
    return todas[0]
