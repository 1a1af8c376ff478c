"""Cobrar con Stripe: crear el cobro una sola vez, y creer solo lo que él firma."""

from datetime import datetime
from typing import Any

import stripe
from fastapi import HTTPException
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tienda import pedidos
from tienda.ajustes import Ajustes
from tienda.esquemas import Pago
from tienda.modelos import Estado, EventoDeStripe, Pedido

MONEDA = "eur"


def cliente(ajustes: Ajustes) -> stripe.StripeClient:
    """Con quién se habla. Sin reintentos: eso lo decide quien paga."""
    return stripe.StripeClient(
        ajustes.stripe_api_key.get_secret_value(),
        base_addresses={"api": ajustes.stripe_api_base},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=5),
    )


def centimos(pedido: Pedido) -> int:
    """Lo que se cobra, como lo quiere Stripe."""
    return int(pedido.total * 100)


def empezar(bd: Session, pedido: Pedido, ajustes: Ajustes) -> Pago:
    """El PaymentIntent de ese pedido: si ya lo hay, el mismo."""
    if pedido.estado != Estado.PENDIENTE:
        raise HTTPException(409, f"El pedido está {pedido.estado}: no hay que pagarlo.")
    intentos = cliente(ajustes).v1.payment_intents
    try:
        if pedido.intento is not None:
            intento = intentos.retrieve(pedido.intento)
        else:
            intento = perdido(intentos, pedido) or intentos.create(
                {
                    "amount": centimos(pedido),
                    "currency": MONEDA,
                    "metadata": {"pedido": pedido.numero},
                },
                {"idempotency_key": f"pago-{pedido.numero}"},
            )
    except stripe.CardError as error:
        raise HTTPException(402, "Stripe no acepta ese pago.") from error
    except stripe.StripeError as error:
        raise HTTPException(503, "Stripe no contesta: prueba otra vez.") from error
    if pedido.intento is None:
        pedido.intento = intento.id
        bd.commit()
    return Pago(payment_intent=intento.id, client_secret=str(intento.client_secret))


def perdido(
    intentos: stripe.PaymentIntentService, pedido: Pedido
) -> stripe.PaymentIntent | None:
    """El de ese pedido, si se hizo sin que llegáramos a saberlo.

    La clave de idempotencia ya lo encuentra, pero solo durante un día.
    """
    antes = int(pedido.creado.timestamp()) - 60
    for uno in intentos.list({"created": {"gte": antes}}).auto_paging_iter():
        if uno.to_dict().get("metadata", {}).get("pedido") == pedido.numero:
            return uno
    return None


def leer_aviso(cuerpo: bytes, firma: str, ajustes: Ajustes) -> dict[str, Any]:
    """Lo que dice un aviso, si lo firmó Stripe hace poco; si no, 400."""
    secreto = ajustes.stripe_webhook_secret.get_secret_value()
    try:
        evento = stripe.Webhook.construct_event(cuerpo, firma, secreto)
    except (ValueError, stripe.SignatureVerificationError) as error:
        raise HTTPException(400, "Ese aviso no lo ha firmado Stripe.") from error
    leido: dict[str, Any] = evento.to_dict()
    return leido


def atender(
    bd: Session, evento: dict[str, Any], momento: datetime, ajustes: Ajustes
) -> None:
    """Hace lo que toque, una sola vez: todo, o nada para que Stripe vuelva a avisar."""
    bd.add(EventoDeStripe(id=evento["id"]))
    try:
        bd.flush()
    except IntegrityError:
        bd.rollback()
        return
    if evento["type"] == "payment_intent.succeeded":
        intento = evento["data"]["object"]
        pedido = _el_de(bd, intento)
        if pedido is not None and _cobrado_entero(pedido, intento):
            _cobrado(bd, pedido, intento["id"], momento, ajustes)
    bd.commit()


def _el_de(bd: Session, intento: dict[str, Any]) -> Pedido | None:
    """El pedido de ese cobro: lo dicen sus metadatos, lo apuntáramos o no."""
    numero = (intento.get("metadata") or {}).get("pedido")
    if not isinstance(numero, str):
        return None
    pedido = bd.scalar(select(Pedido).filter_by(numero=numero))
    if pedido is None or pedido.intento not in {None, intento["id"]}:
        return None
    return pedido


def _cobrado_entero(pedido: Pedido, intento: dict[str, Any]) -> bool:
    cobrado = (intento.get("amount_received"), intento.get("currency"))
    return cobrado == (centimos(pedido), MONEDA)


def _cobrado(
    bd: Session, pedido: Pedido, intento: str, momento: datetime, ajustes: Ajustes
) -> None:
    """Da por pagado el pedido; si ya estaba cancelado, devuelve el dinero."""
    pedido.intento = intento
    if pedidos.mover(bd, pedido, [Estado.PENDIENTE], Estado.PAGADO, momento):
        return
    cancelado = [Estado.CANCELADO]
    if pedidos.mover(bd, pedido, cancelado, Estado.REEMBOLSADO, momento):
        try:
            cliente(ajustes).v1.refunds.create(
                {"payment_intent": intento},
                {"idempotency_key": f"devolucion-{pedido.numero}"},
            )
        except stripe.StripeError as error:
            bd.rollback()
            raise HTTPException(
                503, "No se ha podido devolver: avisa luego."
            ) from error
