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
MAX_ID = 64
MAX_TEXTO = 4000
MAX_NUMERO = 2**53  # el mayor entero que todos los lectores de JSON entienden igual
SALA = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
NOMBRE = re.compile(r"[a-z][a-z0-9_-]{2,19}")

Id = str | int | None


class ErrorDeChat(Exception):
    """Algo que se contesta con «ok»: false. No cierra la conexión."""

    def __init__(self, codigo: str, mensaje: str, **detalles: Any) -> None:
        """`detalles` se añade al error tal cual (por ejemplo, «esperar»)."""
        super().__init__(mensaje)
        self.codigo = codigo
        self.mensaje = mensaje
        self.detalles = detalles
        self.id: Id = None


@dataclass(frozen=True)
class Peticion:
    """Lo que pide un cliente, ya comprobado."""

    id: str | int
    accion: str
    datos: dict[str, Any] = field(default_factory=dict)


def leer_peticion(trama: str | bytes) -> Peticion:
    """Convierte una trama en una petición.

    Lanza ErrorDeChat, con el id de la petición si se ha podido leer.
    """
    objeto = _leer_objeto(trama)
    id_ = _leer_id(objeto)
    try:
        version = objeto.get("v")
        if type(version) is not int or version != VERSION:
            raise ErrorDeChat(
                "version_no_soportada",
                f"Hablo la versión {VERSION} del protocolo, y has dicho {version!r}.",
                versiones=[VERSION],
            )
        accion = objeto.get("accion")
        if not isinstance(accion, str):
            raise ErrorDeChat("peticion_invalida", "«accion» tiene que ser un texto.")
        datos = objeto.get("datos", {})
        if not isinstance(datos, dict):
            raise ErrorDeChat("peticion_invalida", "«datos» tiene que ser un objeto.")
    except ErrorDeChat as error:
        error.id = id_
        raise
    return Peticion(id_, accion, datos)


def _leer_objeto(trama: str | bytes) -> dict[str, Any]:
    if isinstance(trama, bytes):
        raise ErrorDeChat("binario_no_admitido", "Envía JSON en tramas de texto.")
    try:
        objeto = json.loads(trama, parse_constant=_no_es_json)
        # Un sustituto suelto («\ud800») se puede leer, pero no escribir.
        json.dumps(objeto, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise ErrorDeChat("json_invalido", "Eso no es JSON que yo entienda.") from error
    if not isinstance(objeto, dict):
        raise ErrorDeChat("peticion_invalida", "Una petición es un objeto JSON.")
    return objeto


def _no_es_json(constante: str) -> Any:
    # Python lee NaN e Infinity, que en JSON no existen.
    raise ValueError(f"{constante} no es JSON")


def _leer_id(objeto: dict[str, Any]) -> str | int:
    id_ = objeto.get("id")
    if type(id_) is int and abs(id_) <= MAX_NUMERO:
        return id_
    if isinstance(id_, str) and 1 <= len(id_) <= MAX_ID:
        return id_
    raise ErrorDeChat(
        "peticion_invalida",
        f"«id» tiene que ser un entero o un texto de 1 a {MAX_ID} caracteres.",
    )


def exito(id_: Id, datos: dict[str, Any]) -> str:
    """La respuesta a una petición que ha ido bien."""
    return _trama({"v": VERSION, "id": id_, "ok": True, "datos": datos})


def fallo(id_: Id, error: ErrorDeChat) -> str:
    """La respuesta a una petición que no ha podido ser."""
    explicado = {"codigo": error.codigo, "mensaje": error.mensaje, **error.detalles}
    return _trama({"v": VERSION, "id": id_, "ok": False, "error": explicado})


def evento(nombre: str, datos: dict[str, Any]) -> str:
    """Lo que el servidor cuenta sin que se lo pidan."""
    return _trama({"v": VERSION, "evento": nombre, "datos": datos})


def _trama(objeto: dict[str, Any]) -> str:
    return json.dumps(objeto, ensure_ascii=False, separators=(",", ":"))


def leer_sala(datos: dict[str, Any]) -> str:
    """El nombre de sala que viene en los datos."""
    sala = datos.get("sala")
    if isinstance(sala, str) and SALA.fullmatch(sala):
        return sala
    raise ErrorDeChat(
        "datos_invalidos",
        "«sala» lleva de 1 a 40 minúsculas sin tilde, cifras o guiones.",
    )


def leer_texto(datos: dict[str, Any]) -> str:
    """El texto de un mensaje: tal cual, sin recortar."""
    texto = datos.get("texto")
    if isinstance(texto, str) and texto.strip() and len(texto) <= MAX_TEXTO:
        return texto
    raise ErrorDeChat(
        "datos_invalidos",
        f"«texto» no puede estar en blanco ni pasar de {MAX_TEXTO} caracteres.",
    )


def leer_entero(
    datos: dict[str, Any], clave: str, normal: int | None, maximo: int
) -> int | None:
    """Un entero entre 1 y `maximo`; si no viene, o viene null, el `normal`."""
    valor = datos.get(clave)
    if valor is None:
        return normal
    if type(valor) is int and 1 <= valor <= maximo:
        return valor
    raise ErrorDeChat(
        "datos_invalidos", f"«{clave}» tiene que ser un entero entre 1 y {maximo}."
    )


def leer_nombre(datos: dict[str, Any]) -> str:
    """El nombre de una cuenta."""
    nombre = datos.get("nombre")
    if isinstance(nombre, str) and NOMBRE.fullmatch(nombre):
        return nombre
    raise ErrorDeChat(
        "datos_invalidos",
        "«nombre» lleva de 3 a 20 minúsculas sin tilde, cifras, guiones o _, "
        "y empieza por letra.",
    )


def leer_clave(datos: dict[str, Any]) -> str:
    """Una clave: el límite de arriba es para que nadie nos haga trabajar de más."""
    clave = datos.get("clave")
    if isinstance(clave, str) and 8 <= len(clave) <= 128:
        return clave
    raise ErrorDeChat("datos_invalidos", "«clave» lleva de 8 a 128 caracteres.")
