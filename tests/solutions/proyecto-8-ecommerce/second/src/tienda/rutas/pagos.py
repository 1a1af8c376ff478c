"""Cobrar con Stripe (R4): tu programa nunca ve una tarjeta."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request

from tienda.deps import CajeroApp, RelojApp, SesionBD, UsuarioActual
from tienda.errores import documentar
from tienda.esquemas import Pago

rutas = APIRouter(tags=["pagos"])


async def leer_cuerpo(peticion: Request) -> bytes:
    """Los bytes tal como llegaron: la firma es de ellos."""
    return await peticion.body()


Cuerpo = Annotated[bytes, Depends(leer_cuerpo)]
Firma = Annotated[str | None, Header(alias="Stripe-Signature")]


@rutas.post(
    "/pedidos/{pedido}/pago",
    summary="Empezar a pagar un pedido",
    responses=documentar(401, 402, 403, 404, 409, 503),
)
def pagar(
    pedido: str,
    cuenta: UsuarioActual,
    bd: SesionBD,
    reloj: RelojApp,
    cajero: CajeroApp,
) -> Pago:
    """El PaymentIntent de ese pedido, que es uno solo."""
    return cajero.cobrar(bd, pedido, cuenta, reloj.ahora())


@rutas.post(
    "/stripe/webhook",
    summary="Lo que avisa Stripe",
    responses=documentar(400, 503),
)
def recibir_aviso(
    cuerpo: Cuerpo,
    bd: SesionBD,
    reloj: RelojApp,
    cajero: CajeroApp,
    firma: Firma = None,
) -> None:
    """Se comprueba quién lo manda, y solo entonces se lee."""
    cajero.escuchar(bd, cuerpo, firma, reloj.ahora())
