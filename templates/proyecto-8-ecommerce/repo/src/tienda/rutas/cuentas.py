"""Las cuentas, y cómo se entra. Ya está hecho: es lo del proyecto 7, en pequeño."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Response, status
from fastapi.security import OAuth2PasswordRequestForm
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from tienda.deps import AjustesApp, SesionBD, UsuarioActual, no_identificado
from tienda.errores import documentar
from tienda.esquemas import TokenDado, UsuarioNuevo, UsuarioPublico
from tienda.modelos import Usuario
from tienda.seguridad import cifrar, coincide, crear_access

rutas = APIRouter(tags=["cuentas"], responses=documentar(422))
Formulario = Annotated[OAuth2PasswordRequestForm, Depends()]


@rutas.post(
    "/usuarios",
    status_code=status.HTTP_201_CREATED,
    summary="Crear una cuenta",
    responses=documentar(409),
)
def registrar(datos: UsuarioNuevo, bd: SesionBD, ajustes: AjustesApp) -> UsuarioPublico:
    """Nace con el rol cliente."""
    clave = cifrar(datos.password.get_secret_value(), ajustes)
    usuario = Usuario(nombre=datos.nombre, clave=clave)
    bd.add(usuario)
    try:
        bd.commit()
    except IntegrityError as error:
        raise HTTPException(409, f"Ya existe «{datos.nombre}».") from error
    return UsuarioPublico.de(usuario)


@rutas.get("/usuarios/yo", summary="Mi cuenta", responses=documentar(401))
def ver_mi_cuenta(usuario: UsuarioActual) -> UsuarioPublico:
    """De quién es el token que llega."""
    return UsuarioPublico.de(usuario)


@rutas.post(
    "/auth/token",
    summary="Entrar con nombre y contraseña",
    responses=documentar(401),
)
def entrar(
    formulario: Formulario, bd: SesionBD, ajustes: AjustesApp, respuesta: Response
) -> TokenDado:
    """El formulario de OAuth2 a cambio de un access token."""
    nombre = formulario.username.replace("\x00", "")
    usuario = bd.scalar(select(Usuario).filter_by(nombre=nombre))
    clave = usuario.clave if usuario else None
    if not coincide(formulario.password, clave, ajustes) or usuario is None:
        raise no_identificado("El nombre o la contraseña no son correctos.")
    respuesta.headers["Cache-Control"] = "no-store"
    return TokenDado(
        access_token=crear_access(usuario.nombre, ajustes),
        expires_in=ajustes.access_token_seconds,
    )
