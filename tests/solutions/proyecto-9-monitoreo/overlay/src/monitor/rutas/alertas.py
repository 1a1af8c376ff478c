"""Las alertas: qué va mal, y desde cuándo."""

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import select

from monitor import modelos
from monitor.deps import SesionBD
from monitor.documentacion import errores
from monitor.esquemas import Alerta, PaginaDeAlertas
from monitor.paginas import MAXIMO, Cursor, Limite, pedir

rutas = APIRouter(prefix="/alertas", tags=["alertas"])
DeCual = Annotated[int | None, Query(ge=0, le=MAXIMO, description="Solo las suyas")]
Abierta = Annotated[bool | None, Query(description="Solo las abiertas, o las cerradas")]


@rutas.get("", summary="Las alertas", responses=errores(422))
def listar_alertas(
    bd: SesionBD,
    objetivo: DeCual = None,
    abierta: Abierta = None,
    limite: Limite = 20,
    cursor: Cursor = None,
) -> PaginaDeAlertas:
    """De la más nueva a la más antigua."""
    consulta = select(modelos.Alerta)
    if objetivo is not None:
        consulta = consulta.filter_by(objetivo_id=objetivo)
    if abierta is not None:
        sin_cerrar = modelos.Alerta.cerrada.is_(None)
        consulta = consulta.where(sin_cerrar if abierta else ~sin_cerrar)
    filas, siguiente = pedir(
        bd,
        consulta,
        modelos.Alerta.id,
        limite=limite,
        cursor=cursor,
        nuevos_primero=True,
    )
    datos = [Alerta.model_validate(fila) for fila in filas]
    return PaginaDeAlertas(datos=datos, siguiente=siguiente)
