"""Las dependencias que piden las rutas, con un nombre corto para cada una."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.security import OAuth2PasswordBearer
from sqlalchemy import select
from sqlalchemy.orm import Session

from blog.ajustes import Ajustes
from blog.modelos import Usuario
from blog.permisos import Permiso, Rol, puede
from blog.seguridad import leer_access

esquema_oauth2 = OAuth2PasswordBearer(tokenUrl="/auth/token", auto_error=False)


async def ajustes_de_la_app(request: Request) -> Ajustes:
    """Los ajustes con los que se creó esta aplicación.

    Es async porque no espera a nada: así FastAPI no le busca un hilo.
    """
    ajustes: Ajustes = request.app.state.ajustes
    return ajustes


def abrir_sesion(request: Request) -> Iterator[Session]:
    """Una sesión de base de datos por petición; lo que no se confirma, se deshace.

    Lo confirmado no se vuelve a leer para contestar: es lo que se acaba de escribir.
    """
    with Session(request.app.state.motor, expire_on_commit=False) as sesion:
        yield sesion


AjustesApp = Annotated[Ajustes, Depends(ajustes_de_la_app)]
SesionBD = Annotated[Session, Depends(abrir_sesion)]
Token = Annotated[str | None, Depends(esquema_oauth2)]


def no_identificado(detalle: str) -> HTTPException:
    """401, diciendo cómo hay que identificarse."""
    return HTTPException(401, detalle, headers={"WWW-Authenticate": "Bearer"})


def usuario_opcional(token: Token, bd: SesionBD, ajustes: AjustesApp) -> Usuario | None:
    """Quien manda el token; None si no manda ninguno. Un token malo es 401."""
    if token is None:
        return None
    nombre = leer_access(token, ajustes)
    usuario = bd.scalar(select(Usuario).filter_by(nombre=nombre)) if nombre else None
    if usuario is None:
        raise no_identificado("El token no vale o ha caducado.")
    return usuario


UsuarioOpcional = Annotated[Usuario | None, Depends(usuario_opcional)]


async def usuario_actual(usuario: UsuarioOpcional) -> Usuario:
    """Quien manda el token; sin token, 401."""
    if usuario is None:
        raise no_identificado("Hay que identificarse.")
    return usuario


UsuarioActual = Annotated[Usuario, Depends(usuario_actual)]


def con_permiso(permiso: Permiso) -> Callable[[Usuario], Awaitable[Usuario]]:
    """Una dependencia que exige ese permiso; sin él, 403.

    El rol se mira en la base de datos y no en el token: así, quitarlo surte efecto.
    """

    async def comprobar(usuario: UsuarioActual) -> Usuario:
        if not puede(Rol(usuario.rol), permiso):
            raise HTTPException(403, f"Tu rol no permite {permiso.value}.")
        return usuario

    return comprobar


PuedeComentar = Annotated[Usuario, Depends(con_permiso(Permiso.COMENTAR))]
PuedeEscribir = Annotated[Usuario, Depends(con_permiso(Permiso.ESCRIBIR))]
PuedeSubir = Annotated[Usuario, Depends(con_permiso(Permiso.SUBIR))]
PuedeCambiarRoles = Annotated[Usuario, Depends(con_permiso(Permiso.CAMBIAR_ROLES))]
