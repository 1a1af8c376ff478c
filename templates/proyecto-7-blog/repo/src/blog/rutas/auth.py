"""Entrar y seguir dentro (R2): las dos rutas que dan tokens."""

from fastapi import APIRouter

from blog.errores import PorHacer

rutas = APIRouter(prefix="/auth", tags=["auth"])


@rutas.post("/token", summary="Entrar con nombre y contraseña")
def entrar() -> None:
    """R2: el formulario de OAuth2 (username y password) a cambio de dos tokens.

    Se aprende en: 3.4 Seguridad y Autenticación · OAuth2
    """
    raise PorHacer("R2", "entrar")


@rutas.post("/refresh", summary="Cambiar un refresh token por dos tokens nuevos")
def refrescar() -> None:
    """R2: cada refresh token vale una vez; usarlo otra vez delata un robo.

    Se aprende en: 3.4 Seguridad y Autenticación · JWT
    """
    raise PorHacer("R2", "refrescar el token")
