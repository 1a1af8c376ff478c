"""Quién puede hacer qué. La tabla entera, en un sitio."""

from enum import StrEnum


class Rol(StrEnum):
    """De menos a más."""

    LECTOR = "lector"
    AUTOR = "autor"
    EDITOR = "editor"
    ADMIN = "admin"


class Permiso(StrEnum):
    """Lo que se puede llegar a hacer, además de leer."""

    COMENTAR = "comentar"
    ESCRIBIR = "escribir posts"
    SUBIR = "subir imágenes"
    EDITAR_AJENO = "cambiar lo de otros"
    CAMBIAR_ROLES = "cambiar roles"


_LECTOR = frozenset({Permiso.COMENTAR})
_AUTOR = _LECTOR | {Permiso.ESCRIBIR, Permiso.SUBIR}
_EDITOR = _AUTOR | {Permiso.EDITAR_AJENO}
_ADMIN = _EDITOR | {Permiso.CAMBIAR_ROLES}

PERMISOS: dict[Rol, frozenset[Permiso]] = {
    Rol.LECTOR: _LECTOR,
    Rol.AUTOR: _AUTOR,
    Rol.EDITOR: _EDITOR,
    Rol.ADMIN: _ADMIN,
}


def puede(rol: Rol, permiso: Permiso) -> bool:
    """Si ese rol da ese permiso."""
    return permiso in PERMISOS[rol]
