"""Los carritos: los de quien no tiene cuenta, y el de cada cual."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response, status

from tienda import carritos
from tienda.deps import (
    AjustesApp,
    RelojApp,
    SesionBD,
    Token,
    UsuarioActual,
    usuario_actual,
)
from tienda.errores import documentar
from tienda.esquemas import CarritoPublico, Fusion, LineaCambiada, LineaNueva
from tienda.modelos import Carrito

rutas = APIRouter(
    prefix="/carritos", tags=["carritos"], responses=documentar(401, 404, 422)
)


def el_carrito(
    carrito: str, token: Token, bd: SesionBD, ajustes: AjustesApp, reloj: RelojApp
) -> Carrito:
    """El de quien manda el token, si pide «mio»; si no, el que tiene ese id."""
    momento = reloj.ahora()
    if carrito == "mio":
        usuario = usuario_actual(token, bd, ajustes)
        return carritos.de_la_cuenta(bd, usuario, momento, ajustes)
    return carritos.de_la_clave(bd, carrito, momento, ajustes)


ElCarrito = Annotated[Carrito, Depends(el_carrito)]


@rutas.post("", status_code=status.HTTP_201_CREATED, summary="Un carrito sin cuenta")
def crear_carrito(
    bd: SesionBD, ajustes: AjustesApp, reloj: RelojApp, respuesta: Response
) -> CarritoPublico:
    """Su id es lo único que hace falta para usarlo."""
    carrito = carritos.nuevo(bd, reloj.ahora())
    respuesta.headers["Location"] = f"/carritos/{carrito.clave}"
    return carritos.publico(bd, carrito, ajustes)


@rutas.get("/{carrito}", summary="Ver un carrito")
def ver_carrito(suyo: ElCarrito, bd: SesionBD, ajustes: AjustesApp) -> CarritoPublico:
    """El de ese id, o con «mio» el de quien manda el token."""
    return carritos.publico(bd, suyo, ajustes)


@rutas.post("/{carrito}/lineas", summary="Añadir unidades", responses=documentar(409))
def anadir(
    datos: LineaNueva,
    suyo: ElCarrito,
    bd: SesionBD,
    ajustes: AjustesApp,
    reloj: RelojApp,
) -> CarritoPublico:
    """Se suman a las que hubiera."""
    momento = reloj.ahora()
    carritos.poner(bd, suyo, datos.sku, datos.cantidad, momento, sumando=True)
    return carritos.publico(bd, suyo, ajustes)


@rutas.put("/{carrito}/lineas/{sku}", summary="Decir cuántas unidades")
def poner(
    sku: str,
    datos: LineaCambiada,
    suyo: ElCarrito,
    bd: SesionBD,
    ajustes: AjustesApp,
    reloj: RelojApp,
) -> CarritoPublico:
    """Con cero, ninguna."""
    carritos.poner(bd, suyo, sku, datos.cantidad, reloj.ahora(), sumando=False)
    return carritos.publico(bd, suyo, ajustes)


@rutas.post("/mio/fusion", summary="Quedarse con un carrito sin cuenta")
def fusionar(
    datos: Fusion,
    usuario: UsuarioActual,
    bd: SesionBD,
    ajustes: AjustesApp,
    reloj: RelojApp,
) -> CarritoPublico:
    """Lo del otro se suma a lo mío, y el otro deja de existir."""
    momento = reloj.ahora()
    mio = carritos.de_la_cuenta(bd, usuario, momento, ajustes)
    otro = carritos.de_la_clave(bd, datos.carrito, momento, ajustes)
    carritos.fusionar(bd, mio, otro, momento)
    return carritos.publico(bd, mio, ajustes)
