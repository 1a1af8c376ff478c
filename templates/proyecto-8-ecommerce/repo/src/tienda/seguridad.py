"""Contraseñas y tokens, sin HTTP. Ya está hecho: es lo del proyecto 7, sin refresh."""

import secrets
from datetime import UTC, datetime, timedelta
from functools import cache

import jwt
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tienda.ajustes import Ajustes

ALGORITMO = "HS256"


@cache
def _argon2(memoria: int) -> PasswordHasher:
    return PasswordHasher(time_cost=2, memory_cost=memoria, parallelism=1)


@cache
def _de_nadie(memoria: int) -> str:
    return _argon2(memoria).hash(secrets.token_urlsafe())


def cifrar(clave: str, ajustes: Ajustes) -> str:
    """El hash de una contraseña, con su sal dentro."""
    return _argon2(ajustes.password_memory_kib).hash(clave)


def coincide(clave: str, hash_guardado: str | None, ajustes: Ajustes) -> bool:
    """Si es la contraseña. Sin hash (no hay tal usuario) tarda lo mismo en decir no."""
    memoria = ajustes.password_memory_kib
    try:
        _argon2(memoria).verify(hash_guardado or _de_nadie(memoria), clave)
    except (VerificationError, InvalidHashError):
        return False
    return hash_guardado is not None


def crear_access(usuario: str, ajustes: Ajustes) -> str:
    """Un JWT que dice quién es, durante un rato (según el reloj de verdad)."""
    momento = datetime.now(UTC)
    datos = {
        "sub": usuario,
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
    return str(datos["sub"])
