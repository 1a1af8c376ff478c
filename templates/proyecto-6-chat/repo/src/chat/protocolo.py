"""El idioma del chat: de tramas a peticiones, y de respuestas a tramas.

Aquí no hay red, ni salas, ni base de datos: solo texto que entra y texto que sale. Por
eso se puede probar sin arrancar nada.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

VERSION = 1


class ErrorDeChat(Exception):
    """Algo que se contesta con «ok»: false. No cierra la conexión.

    Lánzalo donde descubras el problema. `codigo` es para el programa que lo recibe (la
    lista está en README.md) y `mensaje` para la persona; `detalles` va tal cual.
    """

    def __init__(self, codigo: str, mensaje: str, **detalles: Any) -> None:
        """Sin efectos."""
        super().__init__(mensaje)
        self.codigo = codigo
        self.mensaje = mensaje
        self.detalles = detalles


@dataclass(frozen=True)
class Peticion:
    """Lo que pide un cliente."""

    id: str | int
    accion: str
    datos: dict[str, Any] = field(default_factory=dict)


def leer_peticion(trama: str | bytes) -> Peticion:
    """Convierte una trama en una petición.

    R1: de momento se fía de quien llama, y no se puede fiar. ¿Y si no es JSON? ¿Y si es
    JSON, pero no un objeto? ¿Y si falta algo, o es de otro tipo? Cada caso tiene su
    código en README.md. Y la respuesta lleva el id, si se ha podido leer.
    Roadmap 1.6: https://docs.python.org/3/library/json.html
    """
    objeto = json.loads(trama)
    return Peticion(objeto["id"], objeto["accion"], objeto.get("datos", {}))


def exito(id_: str | int | None, datos: dict[str, Any]) -> str:
    """La respuesta a una petición que ha ido bien."""
    return _trama({"v": VERSION, "id": id_, "ok": True, "datos": datos})


def fallo(id_: str | int | None, error: ErrorDeChat) -> str:
    """La respuesta a una petición que no ha podido ser."""
    explicado = {"codigo": error.codigo, "mensaje": error.mensaje, **error.detalles}
    return _trama({"v": VERSION, "id": id_, "ok": False, "error": explicado})


def evento(nombre: str, datos: dict[str, Any]) -> str:
    """Lo que el servidor cuenta sin que se lo pidan."""
    return _trama({"v": VERSION, "evento": nombre, "datos": datos})


def _trama(objeto: dict[str, Any]) -> str:
    return json.dumps(objeto, ensure_ascii=False, separators=(",", ":"))
