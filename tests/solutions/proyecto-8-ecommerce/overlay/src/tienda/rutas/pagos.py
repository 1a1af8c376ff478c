"""Cobrar con Stripe: tu programa nunca ve una tarjeta."""

from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session

from tienda import pagos, pedidos
from tienda.deps import AjustesApp, RelojApp, SesionBD, UsuarioActual
from tienda.errores import documentar
from tienda.esquemas import Pago

rutas = APIRouter(tags=["pagos"], responses=documentar(422))


@rutas.post(
    "/pedidos/{pedido}/pago",
    summary="Empezar a pagar un pedido",
    responses=documentar(401, 402, 404, 409, 503),
)
def pagar(
    pedido: str, usuario: UsuarioActual, bd: SesionBD, ajustes: AjustesApp
) -> Pago:
    """El PaymentIntent de ese pedido, y siempre el mismo."""
    suyo = pedidos.buscar(bd, pedido, usuario)
    if suyo.usuario_id != usuario.id:
        raise HTTPException(404, "No existe ese pedido.")
    return pagos.empezar(bd, suyo, ajustes)


@rutas.post(
    "/stripe/webhook", summary="Lo que avisa Stripe", responses=documentar(400, 503)
)
async def recibir_aviso(
    request: Request,
    ajustes: AjustesApp,
    reloj: RelojApp,
    firma: Annotated[str, Header(alias="Stripe-Signature")] = "",
) -> dict[str, bool]:
    """La firma es del cuerpo tal como llegó: se comprueba antes de leerlo."""
    evento = pagos.leer_aviso(await request.body(), firma, ajustes)

    def atender() -> None:
        with Session(request.app.state.motor, expire_on_commit=False) as bd:
            pagos.atender(bd, evento, reloj.ahora(), ajustes)

    await run_in_threadpool(atender)
    return {"recibido": True}
