"""Los carritos, sin HTTP: qué hay dentro, cuánto cuesta y cuándo caducan."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, insert, select, update
from sqlalchemy.orm import Session

from tienda.ajustes import Ajustes
from tienda.catalogo import AhoraNo, NoEsta, sano
from tienda.esquemas import Carrito, Linea, escribir_dinero
from tienda.modelos import Usuario, carritos, lineas, productos, variantes

TOPE = 99


def escribir_instante(momento: datetime) -> str:
    """Un momento como se enseña: en UTC y con microsegundos."""
    return momento.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass(frozen=True)
class Cuenta:
    """Lo que cuesta lo que hay en un carrito, en céntimos."""

    lineas: list[Linea]
    subtotal: int
    iva: int

    @property
    def total(self) -> int:
        """Con impuesto."""
        return self.subtotal + self.iva


def echar_cuentas(filas: list[Row[Any]], tanto: Decimal) -> Cuenta:
    """El impuesto se redondea en cada línea; lo demás son sumas."""
    hechas: list[Linea] = []
    subtotal = iva = 0
    for fila in filas:
        importe = fila.precio * fila.cantidad
        exacto = importe * tanto / 100
        suyo = int(exacto.quantize(Decimal(1), ROUND_HALF_UP))
        subtotal += importe
        iva += suyo
        hechas.append(
            Linea(
                sku=fila.sku,
                producto=fila.producto,
                nombre=fila.nombre,
                variante=fila.variante,
                precio=escribir_dinero(fila.precio),
                cantidad=fila.cantidad,
                importe=escribir_dinero(importe),
                iva=escribir_dinero(suyo),
            )
        )
    return Cuenta(hechas, subtotal, iva)


def leer_lineas(bd: Session, carrito_id: str, fijas: bool = False) -> list[Row[Any]]:
    """Lo que hay en un carrito y sigue a la venta, en el orden en que se añadió.

    Si se piden fijas, hasta que se confirme nadie las retira (en SQLite, nadie puede
    desde que se escribió algo).
    """
    consulta = (
        select(
            variantes.c.sku,
            productos.c.slug.label("producto"),
            productos.c.nombre,
            variantes.c.nombre.label("variante"),
            variantes.c.precio,
            lineas.c.cantidad,
            lineas.c.variante_id,
        )
        .join(variantes, variantes.c.id == lineas.c.variante_id)
        .join(productos, productos.c.id == variantes.c.producto_id)
        .where(lineas.c.carrito_id == carrito_id, productos.c.retirado.is_(False))
        .order_by(lineas.c.id)
    )
    if fijas:
        consulta = consulta.with_for_update(read=True, of=productos)
    return list(bd.execute(consulta))


def bloquear_cuenta(bd: Session, usuario_id: int) -> None:
    """Lo primero de cada cambio en lo de una cuenta: sus peticiones hacen cola."""
    bd.execute(
        update(Usuario)
        .where(Usuario.id == usuario_id)
        .values(avisos=Usuario.avisos)
        .execution_options(synchronize_session=False)
    )


class Carritos:
    """Los carritos en una petición: la base, la hora y los ajustes van juntos."""

    def __init__(self, bd: Session, ahora: datetime, ajustes: Ajustes) -> None:
        """Con la hora de la petición."""
        self._bd = bd
        self._ahora = ahora
        self._ajustes = ajustes
        self._caduca = ahora + timedelta(seconds=ajustes.cart_seconds)

    def crear(self) -> Carrito:
        """Uno sin cuenta."""
        identidad = self._nuevo(None)
        self._bd.commit()
        return self._enseñar(identidad)

    def ver(self, carrito: str, cuenta: Usuario | None) -> Carrito:
        """El de ese id, o el de la cuenta."""
        identidad = self._bd.scalar(
            select(carritos.c.id).where(
                self._cual(carrito, cuenta), carritos.c.caduca > self._ahora
            )
        )
        if identidad is None:
            if cuenta is None:
                raise NoEsta
            identidad = self.abrir(carrito, cuenta)  # empieza uno, vacío
            self._bd.commit()
        return self._enseñar(identidad)

    def poner(
        self, carrito: str, cuenta: Usuario | None, sku: str, cantidad: int, suma: bool
    ) -> Carrito:
        """Añade esa cantidad a la que haya, o la cambia por ella."""
        identidad = self.abrir(carrito, cuenta)
        variante_id = self._a_la_venta(sku)
        self._apuntar(identidad, variante_id, cantidad, suma)
        self._bd.commit()
        return self._enseñar(identidad)

    def fundir(self, cuenta: Usuario, otro: str) -> Carrito:
        """Junta con el de la cuenta uno que no la tenía, que deja de existir."""
        identidad = self.abrir("", cuenta)
        ajeno = self.abrir(otro, None)
        for fila in leer_lineas(self._bd, ajeno):
            tengo = self._cantidad(identidad, fila.variante_id)
            cabe = min(TOPE, tengo + fila.cantidad)
            self._apuntar(identidad, fila.variante_id, cabe, suma=False)
        self._bd.execute(delete(lineas).where(lineas.c.carrito_id == ajeno))
        self._bd.execute(delete(carritos).where(carritos.c.id == ajeno))
        self._bd.commit()
        return self._enseñar(identidad)

    def abrir(self, carrito: str, cuenta: Usuario | None) -> str:
        """Bloquea el carrito hasta confirmar, y le alarga la vida: va a cambiar."""
        if cuenta is not None:
            bloquear_cuenta(self._bd, cuenta.id)
        vivo = self._cual(carrito, cuenta) & (carritos.c.caduca > self._ahora)
        identidad: str | None = self._bd.execute(
            update(carritos)
            .where(vivo)
            .values(caduca=self._caduca)
            .returning(carritos.c.id)
        ).scalar_one_or_none()
        if identidad is not None:
            return identidad
        if cuenta is None:
            raise NoEsta
        viejo = self._bd.scalar(
            select(carritos.c.id).where(self._cual(carrito, cuenta))
        )
        if viejo is not None:
            self._bd.execute(delete(lineas).where(lineas.c.carrito_id == viejo))
            self._bd.execute(delete(carritos).where(carritos.c.id == viejo))
        return self._nuevo(cuenta.id)

    def _cual(self, carrito: str, cuenta: Usuario | None) -> ColumnElement[bool]:
        if cuenta is not None:
            return carritos.c.usuario_id == cuenta.id
        if not sano(carrito):
            raise NoEsta
        return (carritos.c.id == carrito) & carritos.c.usuario_id.is_(None)

    def _nuevo(self, usuario_id: int | None) -> str:
        identidad = secrets.token_urlsafe(24)
        self._bd.execute(
            insert(carritos).values(
                id=identidad, usuario_id=usuario_id, caduca=self._caduca
            )
        )
        return identidad

    def _a_la_venta(self, sku: str) -> int:
        consulta = (
            select(variantes.c.id)
            .join(productos, productos.c.id == variantes.c.producto_id)
            .where(variantes.c.sku == sku, productos.c.retirado.is_(False))
        )
        identidad = self._bd.scalar(consulta) if sano(sku) else None
        if identidad is None:
            raise NoEsta
        return int(identidad)

    def _cantidad(self, carrito_id: str, variante_id: int) -> int:
        consulta = select(lineas.c.cantidad).where(
            lineas.c.carrito_id == carrito_id, lineas.c.variante_id == variante_id
        )
        return self._bd.scalar(consulta) or 0

    def _apuntar(
        self, carrito_id: str, variante_id: int, cantidad: int, suma: bool
    ) -> None:
        tengo = self._cantidad(carrito_id, variante_id)
        quedan = tengo + cantidad if suma else cantidad
        if quedan > TOPE:
            raise AhoraNo(f"En una línea no caben más de {TOPE}.")
        valores = {"carrito_id": carrito_id, "variante_id": variante_id}
        esa = (lineas.c.carrito_id == carrito_id) & (
            lineas.c.variante_id == variante_id
        )
        if not tengo and quedan:
            self._bd.execute(insert(lineas).values(valores | {"cantidad": quedan}))
        elif tengo and quedan:
            self._bd.execute(update(lineas).where(esa).values(cantidad=quedan))
        elif tengo:
            self._bd.execute(delete(lineas).where(esa))

    def _enseñar(self, carrito_id: str) -> Carrito:
        fila = self._bd.execute(
            select(carritos).where(carritos.c.id == carrito_id)
        ).one_or_none()
        if fila is None:
            raise NoEsta  # lo acaban de fundir
        cuenta = echar_cuentas(leer_lineas(self._bd, carrito_id), self._ajustes.iva)
        return Carrito(
            id="mio" if fila.usuario_id else carrito_id,
            lineas=cuenta.lineas,
            subtotal=escribir_dinero(cuenta.subtotal),
            iva=escribir_dinero(cuenta.iva),
            total=escribir_dinero(cuenta.total),
            caduca=escribir_instante(fila.caduca),
        )
