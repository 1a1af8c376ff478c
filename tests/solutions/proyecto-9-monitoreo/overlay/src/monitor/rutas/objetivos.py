"""Los objetivos: qué se vigila."""

from datetime import timedelta

from fastapi import APIRouter, Response, status
from sqlalchemy import select

from monitor import modelos
from monitor.deps import ElObjetivo, RelojApp, SesionBD
from monitor.documentacion import errores
from monitor.esquemas import (
    Objetivo,
    ObjetivoCambiado,
    ObjetivoNuevo,
    PaginaDeObjetivos,
)
from monitor.paginas import Cursor, Limite, pedir

rutas = APIRouter(prefix="/objetivos", tags=["objetivos"])


@rutas.get("", summary="Los objetivos", responses=errores(422))
def listar_objetivos(
    bd: SesionBD, limite: Limite = 20, cursor: Cursor = None
) -> PaginaDeObjetivos:
    """Del más antiguo al más nuevo, con su última comprobación."""
    consulta = select(modelos.Objetivo)
    filas, siguiente = pedir(
        bd, consulta, modelos.Objetivo.id, limite=limite, cursor=cursor
    )
    datos = [Objetivo.model_validate(fila) for fila in filas]
    return PaginaDeObjetivos(datos=datos, siguiente=siguiente)


@rutas.post(
    "",
    status_code=status.HTTP_201_CREATED,
    summary="Crear un objetivo",
    responses=errores(422),
)
def crear_objetivo(
    datos: ObjetivoNuevo, bd: SesionBD, reloj: RelojApp, respuesta: Response
) -> Objetivo:
    """Desde ahora se vigila; la primera vez le toca ya."""
    ahora = reloj.ahora()
    objetivo = modelos.Objetivo(**datos.model_dump(), creado=ahora, siguiente=ahora)
    bd.add(objetivo)
    bd.commit()
    respuesta.headers["Location"] = f"/objetivos/{objetivo.id}"
    return Objetivo.model_validate(objetivo)


@rutas.get("/{id}", summary="Un objetivo", responses=errores(404, 422))
def leer_objetivo(objetivo: ElObjetivo) -> Objetivo:
    """Con su última comprobación."""
    return Objetivo.model_validate(objetivo)


@rutas.patch("/{id}", summary="Cambiar un objetivo", responses=errores(404, 422))
def cambiar_objetivo(
    objetivo: ElObjetivo, cambios: ObjetivoCambiado, bd: SesionBD, reloj: RelojApp
) -> Objetivo:
    """Solo lo que llega. Al activarlo otra vez, le toca ya."""
    ahora = reloj.ahora()
    if cambios.activo and not objetivo.activo:
        objetivo.siguiente = ahora
    for campo, valor in cambios.model_dump(exclude_unset=True).items():
        setattr(objetivo, campo, valor)
    if cambios.intervalo is not None:
        tope = ahora + timedelta(seconds=cambios.intervalo)
        objetivo.siguiente = min(objetivo.siguiente, tope)
    bd.commit()
    return Objetivo.model_validate(objetivo)


@rutas.delete(
    "/{id}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Borrar un objetivo",
    responses=errores(404, 422),
)
def borrar_objetivo(objetivo: ElObjetivo, bd: SesionBD) -> None:
    """Con todas sus comprobaciones y alertas."""
    bd.delete(objetivo)
    bd.commit()
