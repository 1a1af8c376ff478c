"""Los avisos: qué le ha pasado a cada pedido, con un número por persona."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tienda.modelos import Aviso, Pedido, Usuario


def apuntar(bd: Session, pedido: Pedido, momento: datetime) -> None:
    """Lo que le pasa a un pedido, en la misma transacción en la que le pasa.

    El número sale de la fila de su dueño, que así queda bloqueada hasta confirmar: por
    eso los avisos de una persona se ven en su orden y sin huecos.
    """
    siguiente = (
        update(Usuario)
        .where(Usuario.id == pedido.usuario_id)
        .values(avisos=Usuario.avisos + 1)
        .returning(Usuario.avisos)
        .execution_options(synchronize_session=False)
    )
    numero = bd.scalars(siguiente).one()
    datos = {
        "numero": numero,
        "pedido": pedido.numero,
        "estado": pedido.estado,
        "momento": momento.isoformat(),
    }
    bd.add(Aviso(usuario_id=pedido.usuario_id, numero=numero, datos=datos))


def desde(bd: Session, usuario_id: int, numero: int) -> list[dict[str, Any]]:
    """Los de esa persona que van después de ese número, en su orden."""
    consulta = (
        select(Aviso.datos)
        .where(Aviso.usuario_id == usuario_id, Aviso.numero > numero)
        .order_by(Aviso.numero)
        .limit(100)
    )
    return list(bd.scalars(consulta))
