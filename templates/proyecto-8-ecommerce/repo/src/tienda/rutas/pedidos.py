"""Los pedidos: de un carrito lleno a un paquete entregado (R3)."""

from fastapi import APIRouter, status

from tienda.errores import PorHacer

rutas = APIRouter(prefix="/pedidos", tags=["pedidos"])


@rutas.post("", status_code=status.HTTP_201_CREATED, summary="Comprar")
def comprar() -> None:
    """R3: hace un pedido de lo que hay en el carrito, una sola vez por clave.

    Dos personas a la vez no pueden llevarse la misma unidad: eso lo promete la base.
    Se aprende en: 3.5 Base de Datos · SQL Databases
    """
    raise PorHacer("R3", "comprar")


@rutas.get("", summary="Mis pedidos")
def listar_pedidos() -> None:
    """R3: los de quien manda el token, del más nuevo al más viejo."""
    raise PorHacer("R3", "listar los pedidos")


@rutas.get("/{pedido}", summary="Un pedido")
def ver_pedido(pedido: str) -> None:
    """R3: para quien lo hizo y para un admin; para los demás no existe."""
    raise PorHacer("R3", "ver un pedido")


# Por hacer (R3): PATCH /pedidos/{pedido}, que cambia su estado.
