"""Los carritos: los de quien no tiene cuenta, y el de cada cual (R2)."""

from fastapi import APIRouter, status

from tienda.errores import PorHacer

rutas = APIRouter(prefix="/carritos", tags=["carritos"])


@rutas.post("", status_code=status.HTTP_201_CREATED, summary="Un carrito sin cuenta")
def crear_carrito() -> None:
    """R2: su id es lo único que hace falta para usarlo; que no se pueda adivinar."""
    raise PorHacer("R2", "crear un carrito")


@rutas.get("/{carrito}", summary="Ver un carrito")
def ver_carrito(carrito: str) -> None:
    """R2: el de ese id, o con «mio» el de quien manda el token.

    Se aprende en: 3.2 Fundamentos de FastAPI · Path Parameters
    """
    raise PorHacer("R2", "ver un carrito")


# Por hacer (R2): POST /carritos/{carrito}/lineas, PUT /carritos/{carrito}/lineas/{sku}
# y POST /carritos/mio/fusion.
