"""Las sesiones abiertas: dar dos tokens, cambiarlos por otros y detectar robos."""

import secrets
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from blog.ajustes import Ajustes
from blog.bd import ahora
from blog.esquemas import Tokens
from blog.modelos import SesionAbierta, Usuario
from blog.seguridad import crear_access, huella, nuevo_refresh


def abrir_sesion(
    bd: Session, usuario: Usuario, ajustes: Ajustes, familia: str | None = None
) -> Tokens:
    """Dos tokens para ese usuario. Confirma la transacción."""
    refresh = nuevo_refresh()
    bd.add(
        SesionAbierta(
            usuario_id=usuario.id,
            familia=familia or secrets.token_hex(16),
            huella=huella(refresh),
            caduca=ahora() + timedelta(seconds=ajustes.refresh_token_seconds),
        )
    )
    bd.commit()
    return Tokens(
        access_token=crear_access(usuario.nombre, ajustes),
        refresh_token=refresh,
        expires_in=ajustes.access_token_seconds,
    )


def renovar(bd: Session, refresh: str, ajustes: Ajustes) -> Tokens | None:
    """Gasta un refresh token y da otros dos; None si no vale.

    Si ya estaba gastado, alguien lo ha copiado: se cierra toda su familia, porque no
    hay manera de saber quién de los dos es el ladrón.
    """
    vieja = bd.scalar(select(SesionAbierta).filter_by(huella=huella(refresh)))
    if vieja is None or vieja.caduca <= ahora():
        return None
    # Quien consigue cambiar la fila es el único que la gasta, aunque lleguen varios.
    gastar = (
        update(SesionAbierta)
        .where(SesionAbierta.id == vieja.id, SesionAbierta.gastado.is_(None))
        .values(gastado=ahora())
        .returning(SesionAbierta.id)
    )
    if bd.scalar(gastar) is None:
        _cerrar(bd, vieja.familia)
        return None
    return abrir_sesion(bd, vieja.usuario, ajustes, vieja.familia)


def _cerrar(bd: Session, familia: str) -> None:
    bd.execute(
        update(SesionAbierta)
        .where(SesionAbierta.familia == familia, SesionAbierta.gastado.is_(None))
        .values(gastado=ahora())
    )
    bd.commit()
