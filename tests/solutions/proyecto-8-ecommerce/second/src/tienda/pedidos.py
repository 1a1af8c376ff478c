"""Los pedidos, sin HTTP: comprar, y por qué estados pasan."""

import secrets
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.orm import Session

from tienda.ajustes import Ajustes
from tienda.carritos import (
    Carritos,
    bloquear_cuenta,
    echar_cuentas,
    escribir_instante,
    leer_lineas,
)
from tienda.catalogo import AhoraNo, NoEsta, sano
from tienda.esquemas import Linea, Pagina, PedidoPublico, escribir_dinero
from tienda.modelos import Rol, Usuario, avisos, lineas, pedidos, variantes


class Estado(StrEnum):
    """Por dónde va un pedido."""

    PENDIENTE = "pendiente"
    PAGADO = "pagado"
    ENVIADO = "enviado"
    ENTREGADO = "entregado"
    CANCELADO = "cancelado"
    REEMBOLSADO = "reembolsado"


A_MANO = {
    Estado.PAGADO: Estado.PENDIENTE,
    Estado.CANCELADO: Estado.PENDIENTE,
    Estado.ENVIADO: Estado.PAGADO,
    Estado.ENTREGADO: Estado.ENVIADO,
}
"""De qué estado se viene a cada uno, cuando lo pide una persona."""


class OtroTotal(Exception):
    """La clave ya se usó para comprar otra cosa."""


class NoPuede(Exception):
    """Se sabe quién es, y eso no lo puede hacer."""


class CursorMalo(Exception):
    """Ese cursor no lo dimos nosotros."""


def publicar(fila: Row[Any]) -> PedidoPublico:
    """Un pedido de la base, tal como se enseña."""
    return PedidoPublico(
        id=fila.codigo,
        estado=fila.estado,
        lineas=[Linea.model_validate(linea) for linea in fila.lineas],
        subtotal=escribir_dinero(fila.subtotal),
        iva=escribir_dinero(fila.iva),
        total=escribir_dinero(fila.total),
        creado=escribir_instante(fila.creado),
    )


def comprar(
    bd: Session,
    cuenta: Usuario,
    clave: str,
    total: int,
    ahora: datetime,
    ajustes: Ajustes,
) -> tuple[PedidoPublico, set[str]]:
    """El pedido, y de qué productos quedan menos: todo, o nada.

    Con la fila de la cuenta bloqueada, las repeticiones esperan a la primera.
    """
    bloquear_cuenta(bd, cuenta.id)
    mismo = (pedidos.c.usuario_id == cuenta.id) & (pedidos.c.clave == clave)
    hecho = bd.execute(select(pedidos).where(mismo)).one_or_none()
    if hecho is not None:
        if hecho.total != total:
            raise OtroTotal
        return publicar(hecho), set()
    carrito_id = Carritos(bd, ahora, ajustes).abrir("mio", cuenta)
    fijas = leer_lineas(bd, carrito_id, fijas=True)
    for fila in sorted(fijas, key=lambda fila: str(fila.sku)):
        _apartar(bd, fila.sku, fila.cantidad)
    # Con las variantes bloqueadas, los precios ya no cambian: ahora se echan cuentas.
    compra = echar_cuentas(leer_lineas(bd, carrito_id), ajustes.iva)
    if not compra.lineas:
        raise AhoraNo("El carrito está vacío.")
    if compra.total != total:
        raise AhoraNo(f"Ahora cuesta {escribir_dinero(compra.total)}: mira el carrito.")
    pedido = bd.execute(
        insert(pedidos)
        .values(
            codigo=secrets.token_urlsafe(15),
            usuario_id=cuenta.id,
            clave=clave,
            estado=Estado.PENDIENTE,
            lineas=[linea.model_dump() for linea in compra.lineas],
            subtotal=compra.subtotal,
            iva=compra.iva,
            total=compra.total,
            creado=ahora,
        )
        .returning(pedidos)
    ).one()
    bd.execute(delete(lineas).where(lineas.c.carrito_id == carrito_id))
    _avisar(bd, pedido, Estado.PENDIENTE, ahora)
    bd.commit()
    return publicar(pedido), {linea.producto for linea in compra.lineas}


def _apartar(bd: Session, sku: str, cantidad: int) -> None:
    quedan = update(variantes).where(
        variantes.c.sku == sku, variantes.c.existencias >= cantidad
    )
    cambio: Any = bd.execute(
        quedan.values(existencias=variantes.c.existencias - cantidad)
    )
    if not cambio.rowcount:
        raise AhoraNo(f"No quedan {cantidad} de «{sku}».")


def _avisar(bd: Session, pedido: Row[Any], estado: str, ahora: datetime) -> None:
    """Apunta un aviso, con el número que sigue en esa cuenta."""
    numero = bd.execute(
        update(Usuario)
        .where(Usuario.id == pedido.usuario_id)
        .values(avisos=Usuario.avisos + 1)
        .returning(Usuario.avisos)
        .execution_options(synchronize_session=False)
    ).scalar_one()
    bd.execute(
        insert(avisos).values(
            usuario_id=pedido.usuario_id,
            numero=numero,
            pedido=pedido.codigo,
            estado=estado,
            momento=ahora,
        )
    )


def buscar_pedido(bd: Session, codigo: str, cuenta: Usuario | None) -> Row[Any]:
    """El pedido, si esa cuenta puede saber que existe (None es alguien de la casa)."""
    consulta = select(pedidos).where(pedidos.c.codigo == codigo)
    if cuenta is not None and cuenta.rol != Rol.ADMIN:
        consulta = consulta.where(pedidos.c.usuario_id == cuenta.id)
    fila = bd.execute(consulta).one_or_none() if sano(codigo) else None
    if fila is None:
        raise NoEsta
    return fila


def listar(
    bd: Session, cuenta: Usuario, limite: int, cursor: str | None
) -> Pagina[PedidoPublico]:
    """Los de esa cuenta, del más nuevo al más viejo."""
    suyos = pedidos.c.usuario_id == cuenta.id
    total = bd.scalar(select(func.count()).select_from(pedidos).where(suyos)) or 0
    consulta = select(pedidos).where(suyos)
    if cursor is not None:
        ultimo = select(pedidos.c.id).where(suyos, pedidos.c.codigo == cursor)
        visto = bd.scalar(ultimo) if sano(cursor) else None
        if visto is None:
            raise CursorMalo
        consulta = consulta.where(pedidos.c.id < visto)
    filas = bd.execute(consulta.order_by(pedidos.c.id.desc()).limit(limite + 1)).all()
    pagina = filas[:limite]
    return Pagina(
        datos=[publicar(fila) for fila in pagina],
        total=total,
        siguiente=pagina[-1].codigo if len(filas) > limite else None,
    )


def pasar(
    bd: Session, pedido: Row[Any], de: str, a: str, ahora: datetime, **mas: Any
) -> Row[Any] | None:
    """Cambia el estado si sigue siendo ese; None si otro llegó antes. No confirma."""
    bloquear_cuenta(bd, pedido.usuario_id)
    fila = bd.execute(
        update(pedidos)
        .where(pedidos.c.id == pedido.id, pedidos.c.estado == de)
        .values(estado=a, **mas)
        .returning(pedidos)
    ).one_or_none()
    if fila is not None:
        _avisar(bd, fila, a, ahora)
    return fila


def cambiar_estado(
    bd: Session, codigo: str, cuenta: Usuario, a: Estado, ahora: datetime
) -> tuple[PedidoPublico, set[str]]:
    """El pedido en su nuevo estado, y los productos de los que ahora quedan más."""
    pedido = buscar_pedido(bd, codigo, cuenta)
    if cuenta.rol != Rol.ADMIN and a != Estado.CANCELADO:
        raise NoPuede
    bd.commit()
    de = A_MANO.get(a)
    fila = pasar(bd, pedido, de, a, ahora) if de else None
    if fila is None:
        raise AhoraNo(f"Un pedido {pedido.estado} no puede pasar a {a.value}.")
    tocados = set()
    if a == Estado.CANCELADO:
        for linea in sorted(fila.lineas, key=lambda linea: str(linea["sku"])):
            bd.execute(
                update(variantes)
                .where(variantes.c.sku == linea["sku"])
                .values(existencias=variantes.c.existencias + linea["cantidad"])
            )
            tocados.add(linea["producto"])
    bd.commit()
    return publicar(fila), tocados


def ultimo_aviso(bd: Session, usuario_id: int) -> int:
    """El número del último aviso de esa cuenta."""
    return bd.scalar(select(Usuario.avisos).where(Usuario.id == usuario_id)) or 0


def avisos_desde(bd: Session, usuario_id: int, numero: int) -> list[Row[Any]]:
    """Los que van detrás de ese número, en orden."""
    return list(
        bd.execute(
            select(avisos)
            .where(avisos.c.usuario_id == usuario_id, avisos.c.numero > numero)
            .order_by(avisos.c.numero)
            .limit(200)
        )
    )
