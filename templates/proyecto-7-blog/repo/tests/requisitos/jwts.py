# De la plantilla: «scaffold update» lo renueva, y los formateadores lo dejan en paz.
# fmt: off
"""Fabricar y desmontar JWT a mano, sin la biblioteca que los comprueba."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

HASHES = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}


def parte(datos: bytes) -> str:
    """Una de las tres partes de un JWT."""
    return base64.urlsafe_b64encode(datos).rstrip(b"=").decode()


def leer(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """La cabecera y el contenido de un JWT, sin mirar su firma."""
    trozos = token.split(".")
    if len(trozos) != 3:
        raise AssertionError(f"Se esperaba un JWT (tres partes), y llegó «{token}»")
    try:
        cabecera, datos = (
            json.loads(base64.urlsafe_b64decode(trozo + "=" * (-len(trozo) % 4)))
            for trozo in trozos[:2]
        )
    except ValueError:
        raise AssertionError(f"Se esperaba un JWT, y llegó «{token}»") from None
    return cabecera, datos


def firmar(
    datos: dict[str, Any], clave: str | bytes, alg: str = "HS256", **cabecera: Any
) -> str:
    """Un JWT con esos datos y esa clave; con alg «none», sin firma."""
    antes = json.dumps({"typ": "JWT", "alg": alg} | cabecera).encode()
    cuerpo = f"{parte(antes)}.{parte(json.dumps(datos).encode())}"
    if alg.lower() == "none":
        return f"{cuerpo}."
    secreto = clave.encode() if isinstance(clave, str) else clave
    firma = hmac.new(secreto, cuerpo.encode(), HASHES[alg]).digest()
    return f"{cuerpo}.{parte(firma)}"


def firmado_con(token: str, clave: str) -> bool:
    """Si la firma de un JWT es la que sale con HS256 y esa clave."""
    cuerpo, _, firma = token.rpartition(".")
    return firma == parte(hmac.new(clave.encode(), cuerpo.encode(), "sha256").digest())
