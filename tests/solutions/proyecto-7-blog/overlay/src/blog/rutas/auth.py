"""Entrar y seguir dentro: las dos rutas que dan tokens."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi.security import OAuth2PasswordRequestForm
from sqlalchemy import select

from blog import sesiones
from blog.deps import AjustesApp, SesionBD, no_identificado
from blog.errores import documentar
from blog.esquemas import Refresco, Tokens
from blog.modelos import Usuario
from blog.seguridad import coincide
from blog.textos import buscable

rutas = APIRouter(prefix="/auth", tags=["auth"], responses=documentar(401, 422))
Formulario = Annotated[OAuth2PasswordRequestForm, Depends()]


@rutas.post("/token", summary="Entrar con nombre y contraseña")
def entrar(
    formulario: Formulario, bd: SesionBD, ajustes: AjustesApp, respuesta: Response
) -> Tokens:
    """El formulario de OAuth2 a cambio de un access token y un refresh token."""
    nombre = buscable(formulario.username)
    usuario = bd.scalar(select(Usuario).filter_by(nombre=nombre))
    clave = usuario.clave if usuario else None
    if not coincide(formulario.password, clave) or usuario is None:
        raise no_identificado("El nombre o la contraseña no son correctos.")
    respuesta.headers["Cache-Control"] = "no-store"
    return sesiones.abrir_sesion(bd, usuario, ajustes)


@rutas.post("/refresh", summary="Cambiar un refresh token por dos tokens nuevos")
def refrescar(
    datos: Refresco, bd: SesionBD, ajustes: AjustesApp, respuesta: Response
) -> Tokens:
    """Cada refresh token vale una vez; usarlo otra vez cierra la sesión entera."""
    tokens = sesiones.renovar(bd, datos.refresh_token, ajustes)
    if tokens is None:
        raise no_identificado("El refresh token no vale, ha caducado o ya se usó.")
    respuesta.headers["Cache-Control"] = "no-store"
    return tokens
