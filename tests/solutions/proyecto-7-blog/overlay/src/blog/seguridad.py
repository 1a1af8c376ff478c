"""Contraseñas y tokens. Aquí no se sabe nada de HTTP."""

import hashlib
import secrets
from datetime import timedelta

import jwt
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from blog.ajustes import Ajustes
from blog.bd import ahora

ALGORITMO = "HS256"
# Lo que recomienda OWASP para argon2id cuando la memoria importa.
_argon2 = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NADIE = _argon2.hash(secrets.token_urlsafe())


def cifrar(clave: str) -> str:
    """El hash de una contraseña, con su sal dentro."""
    return _argon2.hash(clave)


def coincide(clave: str, hash_guardado: str | None) -> bool:
    """Si es la contraseña. Sin hash (no hay tal usuario) tarda lo mismo en decir no."""
    try:
        _argon2.verify(hash_guardado or _NADIE, clave)
    except (VerificationError, InvalidHashError):
        return False
    return hash_guardado is not None


def crear_access(usuario: str, ajustes: Ajustes) -> str:
    """Un JWT que dice quién es, durante unos minutos."""
    momento = ahora()
    datos = {
        "sub": usuario,
        "typ": "access",
        "iat": momento,
        "exp": momento + timedelta(seconds=ajustes.access_token_seconds),
        "jti": secrets.token_hex(8),
    }
    return jwt.encode(datos, ajustes.secret_key.get_secret_value(), ALGORITMO)


def leer_access(token: str, ajustes: Ajustes) -> str | None:
    """De quién es un access token; None si no vale, por lo que sea."""
    try:
        datos = jwt.decode(
            token,
            ajustes.secret_key.get_secret_value(),
            algorithms=[ALGORITMO],
            options={"require": ["exp", "sub"]},
        )
    except jwt.InvalidTokenError:
        return None
    return str(datos["sub"]) if datos.get("typ") == "access" else None


def nuevo_refresh() -> str:
    """Un refresh token: azar puro, que solo la base de datos sabe de quién es."""
    return secrets.token_urlsafe(32)


def huella(token: str) -> str:
    """Con lo que se busca un refresh token sin guardarlo."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
