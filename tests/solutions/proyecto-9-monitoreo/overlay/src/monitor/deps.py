"""Las dependencias que piden las rutas, con un nombre corto para cada una."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, HTTPException, Path, Request
from sqlalchemy.orm import Session

from monitor.modelos import Objetivo
from monitor.paginas import MAXIMO
from monitor.reloj import Reloj
from monitor.vigilancia import Vigilante


async def reloj_de_la_app(request: Request) -> Reloj:
    """El reloj de esta aplicación.

    Es async porque no espera a nada: así FastAPI no le busca un hilo.
    """
    reloj: Reloj = request.app.state.reloj
    return reloj


async def vigilante_de_la_app(request: Request) -> Vigilante:
    """Quien comprueba, en esta aplicación."""
    vigilante: Vigilante = request.app.state.vigilante
    return vigilante


def abrir_sesion(request: Request) -> Iterator[Session]:
    """Una sesión de base de datos por petición; lo que no se confirma, se deshace.

    Lo confirmado no se vuelve a leer para contestar: es lo que se acaba de escribir.
    """
    with Session(request.app.state.motor, expire_on_commit=False) as sesion:
        yield sesion


Id = Annotated[int, Path(ge=0, le=MAXIMO, description="El número del objetivo")]
RelojApp = Annotated[Reloj, Depends(reloj_de_la_app)]
SesionBD = Annotated[Session, Depends(abrir_sesion)]
VigilanteApp = Annotated[Vigilante, Depends(vigilante_de_la_app)]


def no_existe() -> HTTPException:
    """404."""
    return HTTPException(404, "No existe ese objetivo.")


def el_objetivo(id: Id, bd: SesionBD) -> Objetivo:
    """El de la ruta; si no está, 404."""
    objetivo = bd.get(Objetivo, id)
    if objetivo is None:
        raise no_existe()
    return objetivo


ElObjetivo = Annotated[Objetivo, Depends(el_objetivo)]
