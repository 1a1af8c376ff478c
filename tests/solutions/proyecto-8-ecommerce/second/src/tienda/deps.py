"""Las dependencias que piden las rutas, con un nombre corto para cada una.

Una ruta dice lo que necesita en su firma y FastAPI se lo da:

    def ver_mi_carrito(usuario: UsuarioActual, bd: SesionBD) -> CarritoPublico: ...

Lo de las cuentas ya está hecho; añade lo que vayas necesitando (HTTPConnection es lo
que tienen en común una petición y un WebSocket).
"""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, HTTPException
from fastapi.security import OAuth2PasswordBearer
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import HTTPConnection

from tienda.ajustes import Ajustes
from tienda.cache import Cache
from tienda.modelos import Rol, Usuario
from tienda.pagos import Cajero
from tienda.reloj import Reloj
from tienda.seguridad import leer_access

esquema_oauth2 = OAuth2PasswordBearer(tokenUrl="/auth/token", auto_error=False)


async def ajustes_de_la_app(conexion: HTTPConnection) -> Ajustes:
    """Los ajustes con los que se creó esta aplicación.

    Es async porque no espera a nada: así FastAPI no le busca un hilo.
    """
    ajustes: Ajustes = conexion.app.state.ajustes
    return ajustes


async def reloj_de_la_app(conexion: HTTPConnection) -> Reloj:
    """El reloj de esta aplicación."""
    reloj: Reloj = conexion.app.state.reloj
    return reloj


async def cache_de_la_app(conexion: HTTPConnection) -> Cache:
    """La caché de esta aplicación."""
    cache: Cache = conexion.app.state.cache
    return cache


async def cajero_de_la_app(conexion: HTTPConnection) -> Cajero:
    """Quien habla con Stripe en esta aplicación."""
    cajero: Cajero = conexion.app.state.cajero
    return cajero


def abrir_sesion(conexion: HTTPConnection) -> Iterator[Session]:
    """Una sesión de base de datos por petición; lo que no se confirma, se deshace.

    Lo confirmado no se vuelve a leer para contestar: es lo que se acaba de escribir.
    """
    with Session(conexion.app.state.motor, expire_on_commit=False) as sesion:
        yield sesion


AjustesApp = Annotated[Ajustes, Depends(ajustes_de_la_app)]
RelojApp = Annotated[Reloj, Depends(reloj_de_la_app)]
CacheApp = Annotated[Cache, Depends(cache_de_la_app)]
CajeroApp = Annotated[Cajero, Depends(cajero_de_la_app)]
SesionBD = Annotated[Session, Depends(abrir_sesion)]
Token = Annotated[str | None, Depends(esquema_oauth2)]


def no_identificado(detalle: str) -> HTTPException:
    """401, diciendo cómo hay que identificarse."""
    return HTTPException(401, detalle, headers={"WWW-Authenticate": "Bearer"})


def usuario_de(token: str | None, bd: Session, ajustes: Ajustes) -> Usuario | None:
    """De quién es ese token; None si no vale."""
    nombre = leer_access(token, ajustes) if token else None
    return bd.scalar(select(Usuario).filter_by(nombre=nombre)) if nombre else None


def usuario_actual(token: Token, bd: SesionBD, ajustes: AjustesApp) -> Usuario:
    """Quien manda el token; sin uno que valga, 401."""
    usuario = usuario_de(token, bd, ajustes)
    if usuario is None:
        raise no_identificado("Hay que identificarse con un token que valga.")
    bd.commit()  # lo que venga después empieza su propia transacción
    return usuario


def quien_sea(token: Token, bd: SesionBD, ajustes: AjustesApp) -> Usuario | None:
    """Quien manda el token, si manda uno que valga."""
    usuario = usuario_de(token, bd, ajustes)
    bd.commit()
    return usuario


UsuarioActual = Annotated[Usuario, Depends(usuario_actual)]
QuienSea = Annotated[Usuario | None, Depends(quien_sea)]


async def solo_admin(usuario: UsuarioActual) -> Usuario:
    """Quien manda el token, si es admin; si no, 403."""
    if usuario.rol != Rol.ADMIN:
        raise HTTPException(403, "Eso solo lo puede hacer un admin.")
    return usuario


Admin = Annotated[Usuario, Depends(solo_admin)]
EsAdmin = Depends(solo_admin)
"""Para «dependencies» de una ruta que no necesita saber qué admin es."""
