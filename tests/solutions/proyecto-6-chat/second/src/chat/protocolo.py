"""El idioma del chat: de tramas a peticiones, y de respuestas a tramas.

Aquí no hay red, ni salas, ni base de datos: solo texto que entra y texto que sale. Por
eso se puede probar sin arrancar nada.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

VERSION = 1
ID_MAXIMO = 2**53
ID_LARGO = 64
TEXTO_MAXIMO = 4000
LIMITE_MAXIMO = 100
LIMITE_NORMAL = 50
NUMERO_MAXIMO = 2**53

_SALA = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_NOMBRE = re.compile(r"[a-z][a-z0-9_-]{2,19}")


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


class ErrorDePeticion(ErrorDeChat):
    """La trama no es una petición que valga; `id` es el suyo, si se pudo leer."""

    def __init__(
        self, id_: str | int | None, codigo: str, mensaje: str, **detalles: Any
    ) -> None:
        """Sin efectos."""
        super().__init__(codigo, mensaje, **detalles)
        self.id = id_


@dataclass(frozen=True)
class Peticion:
    """Lo que pide un cliente."""

    id: str | int
    accion: str
    datos: dict[str, Any] = field(default_factory=dict)


def leer_peticion(trama: str | bytes) -> Peticion:
    """Convierte una trama en una petición, o lanza ErrorDePeticion."""
    objeto = _leer_json(trama)
    if not isinstance(objeto, dict):
        raise ErrorDePeticion(
            None, "peticion_invalida", "Una petición es un objeto JSON."
        )
    id_ = _leer_id(objeto)
    if id_ is None:
        raise ErrorDePeticion(
            None,
            "peticion_invalida",
            f"Falta «id»: un entero de hasta 2**53 o un texto de 1 a {ID_LARGO}.",
        )
    version = objeto.get("v")
    if not es_entero(version) or version != VERSION:
        raise ErrorDePeticion(
            id_,
            "version_no_soportada",
            f"Este servidor habla la versión {VERSION}.",
            versiones=[VERSION],
        )
    accion = objeto.get("accion")
    if not isinstance(accion, str):
        raise ErrorDePeticion(id_, "peticion_invalida", "«accion» tiene que ser texto.")
    datos = objeto.get("datos", {})
    if not isinstance(datos, dict):
        raise ErrorDePeticion(
            id_, "peticion_invalida", "«datos» tiene que ser un objeto."
        )
    return Peticion(id_, accion, datos)


def _leer_json(trama: str | bytes) -> Any:
    if not isinstance(trama, str):
        raise ErrorDePeticion(
            None, "binario_no_admitido", "Solo se admiten tramas de texto."
        )
    try:
        objeto = json.loads(trama, parse_constant=_constante_imposible)
        # Lo que no se puede volver a escribir (un sustituto suelto, por ejemplo)
        # reventaría más tarde, al guardarlo o al repartirlo: mejor ahora.
        json.dumps(objeto, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        # ValueError incluye JSONDecodeError, UnicodeEncodeError y los números largos.
        raise ErrorDePeticion(None, "json_invalido", "Esto no es JSON.") from error
    return objeto


def _constante_imposible(nombre: str) -> Any:
    """NaN e Infinity no son JSON, aunque Python los lea."""
    raise ValueError(f"{nombre} no es JSON")


def es_entero(valor: object) -> bool:
    """Si es un entero de JSON: para Python, `True` también lo es."""
    return isinstance(valor, int) and not isinstance(valor, bool)


def _leer_id(objeto: dict[str, Any]) -> str | int | None:
    """El «id» de una petición, si lo tiene y vale."""
    valor = objeto.get("id")
    if isinstance(valor, str):
        return valor if 1 <= len(valor) <= ID_LARGO else None
    if isinstance(valor, int) and es_entero(valor) and abs(valor) <= ID_MAXIMO:
        return valor
    return None


# --- los datos de cada acción -------------------------------------------------------


def leer_sala(datos: dict[str, Any]) -> str:
    """El nombre de una sala, bien formado."""
    return _leer_con_forma(
        datos,
        "sala",
        _SALA,
        "de 1 a 40 letras minúsculas sin tilde, cifras o guiones, y no empieza por"
        " guion",
    )


def leer_nombre(datos: dict[str, Any]) -> str:
    """El nombre de una cuenta, bien formado."""
    return _leer_con_forma(
        datos,
        "nombre",
        _NOMBRE,
        "de 3 a 20 letras minúsculas sin tilde, cifras, guiones o «_», y empieza por"
        " letra",
    )


def _leer_con_forma(
    datos: dict[str, Any], campo: str, forma: re.Pattern[str], explicacion: str
) -> str:
    valor = datos.get(campo)
    if not isinstance(valor, str) or not forma.fullmatch(valor):
        raise ErrorDeChat("datos_invalidos", f"«{campo}»: {explicacion}.")
    return valor


def leer_texto(datos: dict[str, Any]) -> str:
    """El texto de un mensaje, tal cual."""
    texto = datos.get("texto")
    if not isinstance(texto, str) or not 1 <= len(texto) <= TEXTO_MAXIMO:
        raise ErrorDeChat(
            "datos_invalidos", f"«texto»: de 1 a {TEXTO_MAXIMO} caracteres."
        )
    if not texto.strip():
        raise ErrorDeChat("datos_invalidos", "«texto»: no puede ser todo espacios.")
    return texto


def leer_clave(datos: dict[str, Any]) -> str:
    """Una clave; nunca se enseña."""
    clave = datos.get("clave")
    if not isinstance(clave, str) or not 8 <= len(clave) <= 128:
        raise ErrorDeChat("datos_invalidos", "«clave»: de 8 a 128 caracteres.")
    return clave


def leer_token(datos: dict[str, Any]) -> str:
    """Un token, sea de quien sea."""
    token = datos.get("token")
    if not isinstance(token, str):
        raise ErrorDeChat("datos_invalidos", "«token»: tiene que ser un texto.")
    return token


def leer_pagina(datos: dict[str, Any]) -> tuple[int | None, int]:
    """`antes` y `limite` de un historial; null es como no decirlos."""
    antes = datos.get("antes")
    if antes is not None and (not es_entero(antes) or not 1 <= antes <= NUMERO_MAXIMO):
        raise ErrorDeChat("datos_invalidos", "«antes»: un número de mensaje, desde 1.")
    limite = datos.get("limite")
    if limite is None:
        limite = LIMITE_NORMAL
    elif not es_entero(limite) or not 1 <= limite <= LIMITE_MAXIMO:
        raise ErrorDeChat("datos_invalidos", f"«limite»: de 1 a {LIMITE_MAXIMO}.")
    return antes, limite


# --- lo que sale --------------------------------------------------------------------


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
