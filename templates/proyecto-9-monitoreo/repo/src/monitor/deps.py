"""Las dependencias que piden las rutas, con un nombre corto para cada una.

Una ruta dice lo que necesita en su firma y FastAPI se lo da:

    def crear_objetivo(datos: ObjetivoNuevo, bd: SesionBD, reloj: RelojApp) -> …
"""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from monitor.ajustes import Ajustes
from monitor.reloj import Reloj


async def ajustes_de_la_app(request: Request) -> Ajustes:
    """Los ajustes con los que se creó esta aplicación.

    Es async porque no espera a nada: así FastAPI no le busca un hilo.
    """
    ajustes: Ajustes = request.app.state.ajustes
    return ajustes


async def reloj_de_la_app(request: Request) -> Reloj:
    """El reloj de esta aplicación."""
    reloj: Reloj = request.app.state.reloj
    return reloj


def abrir_sesion(request: Request) -> Iterator[Session]:
    """Una sesión de base de datos por petición; lo que no se confirma, se deshace.

    Lo confirmado no se vuelve a leer para contestar: es lo que se acaba de escribir.
    """
    with Session(request.app.state.motor, expire_on_commit=False) as sesion:
        yield sesion


AjustesApp = Annotated[Ajustes, Depends(ajustes_de_la_app)]
RelojApp = Annotated[Reloj, Depends(reloj_de_la_app)]
SesionBD = Annotated[Session, Depends(abrir_sesion)]
