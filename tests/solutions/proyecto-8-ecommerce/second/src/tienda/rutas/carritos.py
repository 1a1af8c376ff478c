"""Los carritos: los de quien no tiene cuenta, y el de cada cual (R2)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response, status

from tienda.carritos import Carritos
from tienda.deps import (
    AjustesApp,
    QuienSea,
    RelojApp,
    SesionBD,
    UsuarioActual,
    no_identificado,
)
from tienda.errores import documentar
from tienda.esquemas import CambioDeLinea, Carrito, Fusion, LineaNueva
from tienda.modelos import Usuario

rutas = APIRouter(prefix="/carritos", tags=["carritos"], responses=documentar(422))


def carritos_ahora(bd: SesionBD, reloj: RelojApp, ajustes: AjustesApp) -> Carritos:
    """Los carritos, a la hora de esta petición."""
    return Carritos(bd, reloj.ahora(), ajustes)


def de_quien(carrito: str, quien: QuienSea) -> Usuario | None:
    """La cuenta, si el carrito es «mio»; None si se usa por su id."""
    if carrito != "mio":
        return None
    if quien is None:
        raise no_identificado("Para ver tu carrito hay que identificarse.")
    return quien


CarritosAhora = Annotated[Carritos, Depends(carritos_ahora)]
DeQuien = Annotated[Usuario | None, Depends(de_quien)]


@rutas.post("", status_code=status.HTTP_201_CREATED, summary="Un carrito sin cuenta")
def crear_carrito(carritos: CarritosAhora, respuesta: Response) -> Carrito:
    """Su id es lo único que hace falta para usarlo."""
    nuevo = carritos.crear()
    respuesta.headers["Location"] = f"/carritos/{nuevo.id}"
    return nuevo


@rutas.post(
    "/mio/fusion", summary="Juntar uno con el mío", responses=documentar(401, 404)
)
def fundir(datos: Fusion, cuenta: UsuarioActual, carritos: CarritosAhora) -> Carrito:
    """El que se llenó antes de entrar pasa al propio, y deja de existir."""
    return carritos.fundir(cuenta, datos.carrito)


@rutas.get("/{carrito}", summary="Ver un carrito", responses=documentar(401, 404))
def ver_carrito(carrito: str, cuenta: DeQuien, carritos: CarritosAhora) -> Carrito:
    """El de ese id, o con «mio» el de quien manda el token."""
    return carritos.ver(carrito, cuenta)


@rutas.post(
    "/{carrito}/lineas",
    summary="Añadir al carrito",
    responses=documentar(401, 404, 409),
)
def añadir(
    carrito: str, datos: LineaNueva, cuenta: DeQuien, carritos: CarritosAhora
) -> Carrito:
    """Se suma a lo que hubiera."""
    return carritos.poner(carrito, cuenta, datos.sku, datos.cantidad, suma=True)


@rutas.put(
    "/{carrito}/lineas/{sku}",
    summary="Cuántas quedan en el carrito",
    responses=documentar(401, 404),
)
def cambiar_linea(
    carrito: str,
    sku: str,
    datos: CambioDeLinea,
    cuenta: DeQuien,
    carritos: CarritosAhora,
) -> Carrito:
    """Ni una más ni una menos; con 0, se quita."""
    return carritos.poner(carrito, cuenta, sku, datos.cantidad, suma=False)
