"""Las dependencias que piden las rutas, con un nombre corto para cada una.

Una ruta dice lo que necesita en su firma y FastAPI se lo da:

    def crear_post(datos: PostNuevo, sesion: SesionBD) -> PostPublico: ...

Por hacer (R2 y R3): UsuarioActual (quien manda un token válido; si no, 401),
UsuarioOpcional (o None), y lo que exige un rol (si no lo tiene, 403).
Se aprende en: 3.4 Seguridad y Autenticación · Security Intro
"""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from blog.ajustes import Ajustes


async def ajustes_de_la_app(request: Request) -> Ajustes:
    """Los ajustes con los que se creó esta aplicación.

    Es async porque no espera a nada: así FastAPI no le busca un hilo.
    """
    ajustes: Ajustes = request.app.state.ajustes
    return ajustes


def abrir_sesion(request: Request) -> Iterator[Session]:
    """Una sesión de base de datos por petición; lo que no se confirma, se deshace."""
    with Session(request.app.state.motor) as sesion:
        yield sesion


AjustesApp = Annotated[Ajustes, Depends(ajustes_de_la_app)]
SesionBD = Annotated[Session, Depends(abrir_sesion)]
