"""Cómo le va a un objetivo: comprobarlo, lo que se comprobó y sus cifras."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from fastapi.exceptions import RequestValidationError
from sqlalchemy import select

from monitor import metricas, modelos
from monitor.deps import ElObjetivo, Id, RelojApp, SesionBD, VigilanteApp, no_existe
from monitor.documentacion import errores
from monitor.esquemas import Comprobacion, Instante, Metricas, PaginaDeComprobaciones
from monitor.paginas import Cursor, Limite, pedir
from monitor.vigilancia import NoExiste, Ocupado

rutas = APIRouter(prefix="/objetivos/{id}", tags=["medidas"])
Desde = Annotated[Instante | None, Query(description="Este instante, incluido")]
Hasta = Annotated[Instante | None, Query(description="Este instante, sin incluir")]


@rutas.post(
    "/comprobar",
    summary="Comprobar un objetivo ahora",
    responses=errores(404, 409, 422),
)
def comprobar_objetivo(id: Id, vigilante: VigilanteApp) -> Comprobacion:
    """Le toque o no, y aunque no esté activo; 409 si otro lo está comprobando ya."""
    try:
        return Comprobacion.model_validate(vigilante.ahora_mismo(id))
    except NoExiste:
        raise no_existe() from None
    except Ocupado:
        raise HTTPException(409, "Ya se está comprobando.") from None


@rutas.get(
    "/comprobaciones",
    summary="Las comprobaciones de un objetivo",
    responses=errores(404, 422),
)
def listar_comprobaciones(
    objetivo: ElObjetivo, bd: SesionBD, limite: Limite = 20, cursor: Cursor = None
) -> PaginaDeComprobaciones:
    """De la más nueva a la más antigua."""
    filas, siguiente = pedir(
        bd,
        select(modelos.Comprobacion).filter_by(objetivo_id=objetivo.id),
        modelos.Comprobacion.id,
        limite=limite,
        cursor=cursor,
        nuevos_primero=True,
    )
    datos = [Comprobacion.model_validate(fila) for fila in filas]
    return PaginaDeComprobaciones(datos=datos, siguiente=siguiente)


@rutas.get(
    "/metricas", summary="Las cifras de un objetivo", responses=errores(404, 422)
)
def ver_metricas(
    objetivo: ElObjetivo,
    bd: SesionBD,
    reloj: RelojApp,
    desde: Desde = None,
    hasta: Hasta = None,
) -> Metricas:
    """De las comprobaciones de esa ventana; si no se dice, las últimas 24 horas."""
    hasta = hasta or reloj.ahora()
    desde = desde or un_dia_antes(hasta)
    if desde > hasta:
        raise RequestValidationError(
            [{"loc": ("query", "desde"), "msg": "es posterior a «hasta»"}]
        )
    return metricas.medir(bd, [objetivo.id], desde, hasta)[objetivo.id]


def un_dia_antes(momento: datetime) -> datetime:
    """Si cabe en el calendario."""
    try:
        return momento - metricas.VENTANA
    except OverflowError:
        return momento
