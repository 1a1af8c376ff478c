"""Los pedidos por dentro: comprar una sola vez, y pasar de un estado a otro."""

import secrets
from datetime import datetime
from decimal import Decimal

from fastapi import HTTPException
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tienda import avisos, carritos, cuentas
from tienda.ajustes import Ajustes
from tienda.dinero import escribir
from tienda.errores import no_existe
from tienda.esquemas import LineaPublica, PedidoPublico
from tienda.modelos import Estado, LineaDePedido, Pedido, Rol, Usuario, Variante
from tienda.textos import buscable

PASOS: dict[Estado, set[Estado]] = {
    Estado.PENDIENTE: {Estado.PAGADO, Estado.CANCELADO},
    Estado.PAGADO: {Estado.ENVIADO},
    Estado.ENVIADO: {Estado.ENTREGADO},
}
"""A qué estados se puede pasar a mano desde cada uno."""


def buscar(bd: Session, numero: str, usuario: Usuario) -> Pedido:
    """El pedido, si es suyo o es admin; para los demás, como si no existiera."""
    pedido = bd.scalar(select(Pedido).filter_by(numero=buscable(numero)))
    suyo = pedido is not None and pedido.usuario_id == usuario.id
    if pedido is None or not (suyo or usuario.rol == Rol.ADMIN):
        raise no_existe("ese pedido")
    return pedido


def comprar(
    bd: Session,
    usuario: Usuario,
    clave: str,
    total: Decimal,
    momento: datetime,
    ajustes: Ajustes,
) -> Pedido:
    """Un pedido con lo que hay en el carrito; con la misma clave, el mismo pedido."""
    if viejo := _de_la_clave(bd, usuario.id, clave, total):
        return viejo
    carrito = carritos.de_la_cuenta(bd, usuario, momento, ajustes)
    carritos.bloquear(bd, carrito, momento)
    # Quien llega a la vez con la misma clave espera en la línea anterior.
    if viejo := _de_la_clave(bd, usuario.id, clave, total):
        bd.rollback()
        return viejo
    suyas = carritos.lineas(bd, carrito)
    if not suyas:
        raise HTTPException(409, "El carrito está vacío.")
    lineas = [cuentas.linea(una.variante, una.cantidad, ajustes.iva) for una in suyas]
    suma = cuentas.sumar(lineas)
    if suma.total != total:
        detalle = f"El total ya no es {escribir(total)}, sino {escribir(suma.total)}."
        raise HTTPException(409, detalle)
    # Siempre en el mismo orden: dos compras a la vez no se quedan esperándose.
    for una in sorted(suyas, key=lambda linea: linea.variante_id):
        _apartar(bd, una.variante_id, una.cantidad)
    pedido = Pedido(
        numero=secrets.token_hex(12),
        usuario_id=usuario.id,
        clave=clave,
        huella=escribir(total),
        estado=Estado.PENDIENTE,
        subtotal=suma.subtotal,
        iva=suma.iva,
        total=suma.total,
        creado=momento,
    )
    pedido.lineas = [
        LineaDePedido(variante_id=una.variante_id, **dict(linea))
        for una, linea in zip(suyas, lineas, strict=True)
    ]
    bd.add(pedido)
    try:
        bd.flush()
    except IntegrityError:
        bd.rollback()
        return bd.scalars(
            select(Pedido).filter_by(usuario_id=usuario.id, clave=clave)
        ).one()
    carritos.vaciar(bd, carrito)
    avisos.apuntar(bd, pedido, momento)
    bd.commit()
    return pedido


def _de_la_clave(
    bd: Session, usuario_id: int, clave: str, total: Decimal
) -> Pedido | None:
    """El pedido que ya se hizo con esa clave; si pedía otra cosa, 422."""
    pedido = bd.scalar(select(Pedido).filter_by(usuario_id=usuario_id, clave=clave))
    if pedido is not None and pedido.huella != escribir(total):
        raise HTTPException(422, "Esa Idempotency-Key ya se usó para otra compra.")
    return pedido


def _apartar(bd: Session, variante_id: int, cantidad: int) -> None:
    """Quita unas unidades de las que quedan, si las hay: lo decide la base."""
    quitar = (
        update(Variante)
        .where(Variante.id == variante_id, Variante.existencias >= cantidad)
        .values(existencias=Variante.existencias - cantidad)
        .returning(Variante.id)
        .execution_options(synchronize_session=False)
    )
    if bd.scalar(quitar) is None:
        bd.rollback()
        raise HTTPException(409, "No quedan tantas unidades.")


def pasar(bd: Session, pedido: Pedido, a: Estado, momento: datetime) -> None:
    """Cambia su estado, si desde el que tiene se puede; si no, 409."""
    desde = [estado for estado, siguientes in PASOS.items() if a in siguientes]
    if not mover(bd, pedido, desde, a, momento):
        detalle = f"Un pedido {pedido.estado} no puede pasar a {a}."
        raise HTTPException(409, detalle)
    bd.commit()


def mover(
    bd: Session, pedido: Pedido, desde: list[Estado], a: Estado, momento: datetime
) -> bool:
    """Pasa un pedido de uno de esos estados a otro; dice si estaba en uno de ellos.

    Quien consigue cambiar la fila es el único que lo hace, aunque lleguen varios.
    Lo cancelado vuelve a estar a la venta. No confirma.
    """
    cambio = (
        update(Pedido)
        .where(Pedido.id == pedido.id, Pedido.estado.in_(desde))
        .values(estado=a)
        .returning(Pedido.id)
        .execution_options(synchronize_session=False)
    )
    movido = bd.scalar(cambio) is not None
    bd.refresh(pedido, ["estado"])
    if not movido:
        return False
    if a == Estado.CANCELADO:
        for linea in sorted(pedido.lineas, key=lambda una: una.variante_id):
            devolver = (
                update(Variante)
                .where(Variante.id == linea.variante_id)
                .values(existencias=Variante.existencias + linea.cantidad)
                .execution_options(synchronize_session=False)
            )
            bd.execute(devolver)
    avisos.apuntar(bd, pedido, momento)
    return True


def publico(pedido: Pedido) -> PedidoPublico:
    """El pedido, tal como se enseña."""
    return PedidoPublico(
        id=pedido.numero,
        estado=Estado(pedido.estado),
        creado=pedido.creado,
        lineas=[
            LineaPublica.model_validate(linea, from_attributes=True)
            for linea in pedido.lineas
        ],
        subtotal=pedido.subtotal,
        iva=pedido.iva,
        total=pedido.total,
    )
