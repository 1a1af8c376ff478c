"""Los carritos por dentro: de quién son, qué llevan y cuándo caducan."""

import secrets
from datetime import datetime, timedelta

from fastapi import HTTPException
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tienda import cuentas
from tienda.ajustes import Ajustes
from tienda.errores import no_existe
from tienda.esquemas import CarritoPublico
from tienda.modelos import Carrito, LineaDeCarrito, Producto, Usuario, Variante
from tienda.textos import buscable

MAXIMO = 99


def nuevo(bd: Session, momento: datetime) -> Carrito:
    """Uno sin cuenta, con una clave que nadie puede adivinar."""
    carrito = Carrito(clave=secrets.token_urlsafe(24), cambiado=momento)
    bd.add(carrito)
    bd.commit()
    return carrito


def de_la_clave(
    bd: Session, clave: str, momento: datetime, ajustes: Ajustes
) -> Carrito:
    """El carrito sin cuenta que tiene esa clave; si caducó, como si no existiera."""
    carrito = bd.scalar(select(Carrito).filter_by(clave=buscable(clave)))
    if carrito is None or caduca(carrito, ajustes) <= momento:
        raise no_existe("ese carrito")
    return carrito


def de_la_cuenta(
    bd: Session, usuario: Usuario, momento: datetime, ajustes: Ajustes
) -> Carrito:
    """El de esa cuenta: se hace la primera vez, y si caducó está vacío."""
    suyo = select(Carrito).filter_by(usuario_id=usuario.id)
    carrito = bd.scalar(suyo)
    if carrito is None:
        carrito = Carrito(usuario_id=usuario.id, cambiado=momento)
        bd.add(carrito)
        try:
            bd.commit()
        except IntegrityError:
            bd.rollback()  # otra petición suya lo hizo a la vez
            carrito = bd.scalars(suyo).one()
    if caduca(carrito, ajustes) <= momento:
        bloquear(bd, carrito, momento)
        vaciar(bd, carrito)
        bd.commit()
    return carrito


def caduca(carrito: Carrito, ajustes: Ajustes) -> datetime:
    """Hasta cuándo vale, si nadie lo cambia antes."""
    return carrito.cambiado + timedelta(seconds=ajustes.cart_seconds)


def bloquear(bd: Session, carrito: Carrito, momento: datetime) -> bool:
    """Lo apunta como cambiado, y hace esperar a quien quiera cambiarlo a la vez.

    Dice si todavía existe.
    """
    cambio = update(Carrito).where(Carrito.id == carrito.id).values(cambiado=momento)
    return bd.scalar(cambio.returning(Carrito.id)) is not None


def lineas(bd: Session, carrito: Carrito) -> list[LineaDeCarrito]:
    """Lo que lleva, sin lo que se haya retirado, en el orden en que se añadió."""
    consulta = (
        select(LineaDeCarrito)
        .join(LineaDeCarrito.variante)
        .join(Variante.producto)
        .where(LineaDeCarrito.carrito_id == carrito.id, Producto.retirado.is_(False))
        .order_by(LineaDeCarrito.id)
        .execution_options(populate_existing=True)
    )
    return list(bd.scalars(consulta))


def poner(
    bd: Session,
    carrito: Carrito,
    sku: str,
    cantidad: int,
    momento: datetime,
    *,
    sumando: bool,
) -> None:
    """Deja esa cantidad de una variante (o la suma a la que había), y confirma."""
    variante = bd.scalar(select(Variante).filter_by(sku=buscable(sku)))
    if variante is None or variante.producto.retirado:
        raise no_existe("esa variante")
    if not bloquear(bd, carrito, momento):
        raise no_existe("ese carrito")
    suya = select(LineaDeCarrito).filter_by(
        carrito_id=carrito.id, variante_id=variante.id
    )
    linea = bd.scalar(suya.execution_options(populate_existing=True))
    if sumando and linea is not None:
        cantidad += linea.cantidad
    if cantidad > MAXIMO:
        raise HTTPException(409, f"No caben más de {MAXIMO} unidades en una línea.")
    if linea is not None and cantidad:
        linea.cantidad = cantidad
    elif linea is not None:
        bd.delete(linea)
    elif cantidad:
        nueva = LineaDeCarrito(
            carrito_id=carrito.id, variante_id=variante.id, cantidad=cantidad
        )
        bd.add(nueva)
    bd.commit()


def fusionar(bd: Session, mio: Carrito, otro: Carrito, momento: datetime) -> None:
    """Suma al mío lo del otro (hasta el máximo por línea), que deja de existir."""
    for carrito in sorted((mio, otro), key=lambda uno: uno.id):
        if not bloquear(bd, carrito, momento):
            raise no_existe("ese carrito")
    mias = {linea.variante_id: linea for linea in lineas(bd, mio)}
    for linea in lineas(bd, otro):
        if mia := mias.get(linea.variante_id):
            mia.cantidad = min(MAXIMO, mia.cantidad + linea.cantidad)
        else:
            linea.carrito_id = mio.id
    bd.flush()
    vaciar(bd, otro)
    bd.execute(delete(Carrito).where(Carrito.id == otro.id))
    bd.commit()


def vaciar(bd: Session, carrito: Carrito) -> None:
    """Sin líneas. No confirma."""
    bd.execute(delete(LineaDeCarrito).where(LineaDeCarrito.carrito_id == carrito.id))


def publico(bd: Session, carrito: Carrito, ajustes: Ajustes) -> CarritoPublico:
    """El carrito, tal como se enseña: con los precios de ahora."""
    suyas = [
        cuentas.linea(linea.variante, linea.cantidad, ajustes.iva)
        for linea in lineas(bd, carrito)
    ]
    suma = cuentas.sumar(suyas).model_dump(exclude={"lineas"})
    return CarritoPublico(
        id=carrito.clave or "mio",
        lineas=suyas,
        caduca=caduca(carrito, ajustes),
        **suma,
    )
