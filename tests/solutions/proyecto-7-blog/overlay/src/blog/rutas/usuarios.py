"""Las cuentas y sus roles."""

from fastapi import APIRouter, HTTPException, status
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from blog.deps import PuedeCambiarRoles, SesionBD, UsuarioActual
from blog.errores import documentar, no_existe
from blog.esquemas import RolNuevo, UsuarioCambiado, UsuarioNuevo, UsuarioPublico
from blog.modelos import Usuario
from blog.seguridad import cifrar
from blog.textos import buscable

rutas = APIRouter(prefix="/usuarios", tags=["usuarios"], responses=documentar(422))


@rutas.post(
    "",
    status_code=status.HTTP_201_CREATED,
    summary="Crear una cuenta",
    responses=documentar(409),
)
def registrar(datos: UsuarioNuevo, bd: SesionBD) -> UsuarioPublico:
    """Nace con el rol lector; los demás los da un admin."""
    usuario = Usuario(
        nombre=datos.nombre, clave=cifrar(datos.password.get_secret_value())
    )
    bd.add(usuario)
    try:
        bd.commit()
    except IntegrityError as error:
        raise HTTPException(409, f"Ya existe «{datos.nombre}».") from error
    return UsuarioPublico.de(usuario)


@rutas.get("/yo", summary="Mi cuenta", responses=documentar(401))
def ver_mi_cuenta(usuario: UsuarioActual) -> UsuarioPublico:
    """De quién es el token que llega."""
    return UsuarioPublico.de(usuario)


@rutas.patch("/yo", summary="Cambiar mi cuenta", responses=documentar(401))
def cambiar_mi_cuenta(
    datos: UsuarioCambiado, bd: SesionBD, usuario: UsuarioActual
) -> UsuarioPublico:
    """La biografía. El rol no: ese campo aquí no existe."""
    usuario.biografia = datos.biografia
    bd.commit()
    return UsuarioPublico.de(usuario)


@rutas.patch("/{nombre}", summary="Cambiar un rol", responses=documentar(401, 403, 404))
def cambiar_rol(
    nombre: str, datos: RolNuevo, bd: SesionBD, _: PuedeCambiarRoles
) -> UsuarioPublico:
    """Solo un admin."""
    usuario = bd.scalar(select(Usuario).filter_by(nombre=buscable(nombre)))
    if usuario is None:
        raise no_existe("esa cuenta")
    usuario.rol = datos.rol
    bd.commit()
    return UsuarioPublico.de(usuario)
