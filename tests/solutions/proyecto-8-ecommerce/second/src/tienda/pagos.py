"""Hablar con Stripe, sin HTTP nuestro: cobrar, creer sus avisos y devolver.

Nada de esto tiene una transacción abierta mientras espera a Stripe.
"""

import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import stripe
from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from tienda.ajustes import Ajustes
from tienda.catalogo import AhoraNo, sano
from tienda.esquemas import Pago
from tienda.modelos import Usuario, pedidos
from tienda.pedidos import Estado, NoPuede, buscar_pedido, pasar

PLAZO = 4
RECUERDA = timedelta(hours=20)
"""Stripe olvida una clave de idempotencia a las 24 horas; antes se deja de usar."""
MARGEN = 300
MONEDA = "eur"


class NoCobra(Exception):
    """Stripe dice que ese pago no puede ser."""


class NoContesta(Exception):
    """Stripe falla, o no contesta: que se intente más tarde."""


class FirmaMala(Exception):
    """Eso no lo ha mandado Stripe, o no ahora."""


class Cajero:
    """Quien habla con Stripe en una aplicación."""

    def __init__(self, ajustes: Ajustes) -> None:
        """Sin reintentos: si falla, se dice, y ya volverá quien paga."""
        self._secreto = ajustes.stripe_webhook_secret.get_secret_value()
        self._stripe = stripe.StripeClient(
            ajustes.stripe_api_key.get_secret_value(),
            base_addresses={"api": ajustes.stripe_api_base.rstrip("/")},
            http_client=stripe.RequestsClient(timeout=PLAZO),
            max_network_retries=0,
        )
        self._puerta = threading.Lock()
        self._turnos: dict[int, list[Any]] = defaultdict(lambda: [threading.Lock(), 0])

    def cobrar(
        self, bd: Session, codigo: str, cuenta: Usuario, ahora: datetime
    ) -> Pago:
        """El PaymentIntent del pedido: el que tenga, o uno nuevo."""
        pedido = buscar_pedido(bd, codigo, cuenta)
        if pedido.usuario_id != cuenta.id:
            raise NoPuede
        bd.commit()
        with self._turno(pedido.id):
            pedido = _releer(bd, pedido.id)
            if pedido.estado != Estado.PENDIENTE:
                raise AhoraNo(f"Un pedido {pedido.estado} no se paga.")
            if pedido.payment_intent is None or pedido.client_secret is None:
                pedido = self._pedir(bd, pedido, ahora)
        return Pago(
            payment_intent=pedido.payment_intent, client_secret=pedido.client_secret
        )

    def _pedir(self, bd: Session, pedido: Row[Any], ahora: datetime) -> Row[Any]:
        """Lo pide a Stripe, apuntando antes que se va a intentar."""
        intento = pedido.intento
        cobro = None
        with self._pegas():
            if pedido.payment_intent is not None:
                cobro = self._stripe.v1.payment_intents.retrieve(pedido.payment_intent)
            elif pedido.intentado is not None and ahora - pedido.intentado > RECUERDA:
                cobro = self._buscar(pedido)
                intento += 1
        if cobro is None:
            primero = pedido.intentado if intento == pedido.intento else None
            _apuntar(bd, pedido, intento=intento, intentado=primero or ahora)
            try:
                with self._pegas():
                    cobro = self._stripe.v1.payment_intents.create(
                        {
                            "amount": pedido.total,
                            "currency": MONEDA,
                            "metadata": {"pedido": pedido.codigo},
                        },
                        {"idempotency_key": f"pedido-{pedido.codigo}-{intento}"},
                    )
            except NoCobra:
                # No hay ningún cobro, y Stripe repetiría su respuesta a esta clave.
                _apuntar(bd, pedido, intento=intento + 1, intentado=ahora)
                raise
        _apuntar(bd, pedido, payment_intent=cobro.id, client_secret=cobro.client_secret)
        return _releer(bd, pedido.id)

    def _buscar(self, pedido: Row[Any]) -> stripe.PaymentIntent | None:
        """Si el cobro se hizo y se perdió la respuesta, Stripe lo tiene."""
        consulta = f'metadata["pedido"]:"{pedido.codigo}"'
        hallados = self._stripe.v1.payment_intents.search({"query": consulta}).data
        return hallados[0] if hallados else None

    def escuchar(
        self, bd: Session, cuerpo: bytes, firma: str | None, ahora: datetime
    ) -> None:
        """Lo que avisa Stripe, si es él quien avisa."""
        evento = self._abrir(cuerpo, firma, ahora)
        cobro = evento.get("data")
        cobro = cobro.get("object") if isinstance(cobro, dict) else None
        if evento.get("type") != "payment_intent.succeeded" or not isinstance(
            cobro, dict
        ):
            return
        pedido = _de_quien(bd, cobro)
        bd.commit()
        if pedido is None or (
            cobro.get("amount_received") != pedido.total
            or cobro.get("currency") != MONEDA
        ):
            return
        pagado = pasar(
            bd,
            pedido,
            Estado.PENDIENTE,
            Estado.PAGADO,
            ahora,
            payment_intent=cobro["id"],
        )
        bd.commit()
        if pagado is None:
            self._devolver(bd, pedido, cobro["id"], ahora)

    def _devolver(
        self, bd: Session, pedido: Row[Any], cobro: str, ahora: datetime
    ) -> None:
        """Se pagó lo que ya estaba cancelado: se devuelve, una sola vez."""
        with self._turno(pedido.id):
            if _releer(bd, pedido.id).estado != Estado.CANCELADO:
                return
            try:
                with self._pegas():
                    self._stripe.v1.refunds.create(
                        {"payment_intent": cobro},
                        {"idempotency_key": f"devolver-{pedido.codigo}"},
                    )
            except NoContesta as error:
                causa = error.__cause__
                if getattr(causa, "code", None) != "charge_already_refunded":
                    raise
            except NoCobra as error:
                raise NoContesta from error
            pasar(
                bd,
                pedido,
                Estado.CANCELADO,
                Estado.REEMBOLSADO,
                ahora,
                payment_intent=cobro,
            )
            bd.commit()

    def _abrir(self, cuerpo: bytes, firma: str | None, ahora: datetime) -> Any:
        """El evento, si la firma es de esos bytes y de hace poco."""
        try:
            stripe.WebhookSignature.verify_header(cuerpo, firma, self._secreto)
            partes = [parte.partition("=") for parte in (firma or "").split(",")]
            momento = next(int(valor) for nombre, _, valor in partes if nombre == "t")
            evento = json.loads(cuerpo)
        except (stripe.SignatureVerificationError, ValueError, TypeError) as error:
            raise FirmaMala from error
        if momento < ahora.timestamp() - MARGEN or not isinstance(evento, dict):
            raise FirmaMala
        return evento

    @contextmanager
    def _turno(self, pedido_id: int) -> Iterator[None]:
        """De uno en uno con cada pedido; en otro proceso, lo evita Stripe."""
        with self._puerta:
            turno = self._turnos[pedido_id]
            turno[1] += 1
        try:
            if not turno[0].acquire(timeout=3 * PLAZO):
                raise NoContesta
            try:
                yield
            finally:
                turno[0].release()
        finally:
            with self._puerta:
                turno[1] -= 1
                if not turno[1]:
                    self._turnos.pop(pedido_id, None)

    @contextmanager
    def _pegas(self) -> Iterator[None]:
        """Los errores de Stripe, dichos a nuestra manera."""
        try:
            yield
        except stripe.StripeError as error:
            if error.http_status == 402:
                raise NoCobra from error
            raise NoContesta from error


def _releer(bd: Session, identidad: int) -> Row[Any]:
    fila = bd.execute(select(pedidos).where(pedidos.c.id == identidad)).one()
    bd.commit()
    return fila


def _apuntar(bd: Session, pedido: Row[Any], **valores: Any) -> None:
    bd.execute(update(pedidos).where(pedidos.c.id == pedido.id).values(valores))
    bd.commit()


def _de_quien(bd: Session, cobro: dict[str, Any]) -> Row[Any] | None:
    """De qué pedido nuestro es ese cobro, aunque no llegáramos a saber que se hizo."""
    identidad, datos = cobro.get("id"), cobro.get("metadata")
    codigo = datos.get("pedido") if isinstance(datos, dict) else None
    if not isinstance(identidad, str) or not sano(identidad):
        return None
    suyo = select(pedidos).where(pedidos.c.payment_intent == identidad)
    fila = bd.execute(suyo).one_or_none()
    if fila is None and isinstance(codigo, str) and sano(codigo):
        sin_cobro = pedidos.c.payment_intent.is_(None)
        fila = bd.execute(
            select(pedidos).where(pedidos.c.codigo == codigo, sin_cobro)
        ).one_or_none()
    return fila
