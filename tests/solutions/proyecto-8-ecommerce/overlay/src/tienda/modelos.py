"""Las tablas, como clases de SQLAlchemy 2."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tienda.bd import Base, Instante
from tienda.dinero import Dinero


class Rol(StrEnum):
    """Qué puede hacer una cuenta."""

    CLIENTE = "cliente"
    ADMIN = "admin"


class Estado(StrEnum):
    """Por dónde va un pedido."""

    PENDIENTE = "pendiente"
    PAGADO = "pagado"
    ENVIADO = "enviado"
    ENTREGADO = "entregado"
    CANCELADO = "cancelado"
    REEMBOLSADO = "reembolsado"


class Usuario(Base):
    """Una cuenta."""

    __tablename__ = "usuarios"

    id: Mapped[int] = mapped_column(primary_key=True)
    nombre: Mapped[str] = mapped_column(String(30), unique=True)
    clave: Mapped[str] = mapped_column(String(200))
    """El hash de argon2 de la contraseña."""
    rol: Mapped[str] = mapped_column(String(10), default=Rol.CLIENTE.value)
    avisos: Mapped[int] = mapped_column(default=0, server_default="0")
    """Cuántos avisos se le han dado: el siguiente lleva el número siguiente."""


class Categoria(Base):
    """Una rama del árbol."""

    __tablename__ = "categorias"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    nombre: Mapped[str] = mapped_column(String(100))
    padre_id: Mapped[int | None] = mapped_column(
        ForeignKey("categorias.id"), index=True
    )


class Arbol(Base):
    """Una sola fila, que se cambia para que el árbol lo mueva uno cada vez."""

    __tablename__ = "arbol"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=0)


class Producto(Base):
    """Lo que se vende, en una o más variantes."""

    __tablename__ = "productos"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    nombre: Mapped[str] = mapped_column(String(200))
    descripcion: Mapped[str] = mapped_column(Text, default="")
    busqueda: Mapped[str] = mapped_column(Text)
    """Nombre y descripción plegados, para buscar igual en cualquier base de datos."""
    categoria_id: Mapped[int] = mapped_column(ForeignKey("categorias.id"), index=True)
    retirado: Mapped[bool] = mapped_column(default=False)

    categoria: Mapped[Categoria] = relationship(lazy="joined")
    variantes: Mapped[list["Variante"]] = relationship(
        lazy="selectin", order_by="Variante.id", back_populates="producto"
    )


class Variante(Base):
    """Una talla, un color…: lo que se mete en el carrito."""

    __tablename__ = "variantes"
    __table_args__ = (CheckConstraint("existencias >= 0", name="existencias"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    producto_id: Mapped[int] = mapped_column(ForeignKey("productos.id"), index=True)
    sku: Mapped[str] = mapped_column(String(40), unique=True)
    nombre: Mapped[str] = mapped_column(String(100))
    precio: Mapped[Decimal] = mapped_column(Dinero)
    existencias: Mapped[int]

    producto: Mapped[Producto] = relationship(back_populates="variantes")


class Carrito(Base):
    """Lo que alguien piensa comprar: de una cuenta, o de quien sepa su clave."""

    __tablename__ = "carritos"

    id: Mapped[int] = mapped_column(primary_key=True)
    clave: Mapped[str | None] = mapped_column(String(64), unique=True)
    usuario_id: Mapped[int | None] = mapped_column(
        ForeignKey("usuarios.id"), unique=True
    )
    cambiado: Mapped[datetime] = mapped_column(Instante)


class LineaDeCarrito(Base):
    """Cuántas unidades de una variante."""

    __tablename__ = "lineas_de_carrito"
    __table_args__ = (UniqueConstraint("carrito_id", "variante_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    carrito_id: Mapped[int] = mapped_column(ForeignKey("carritos.id"))
    variante_id: Mapped[int] = mapped_column(ForeignKey("variantes.id"))
    cantidad: Mapped[int]

    variante: Mapped[Variante] = relationship(lazy="joined")


class Pedido(Base):
    """Lo que alguien compró, con los precios que tenía entonces."""

    __tablename__ = "pedidos"
    __table_args__ = (UniqueConstraint("usuario_id", "clave"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    numero: Mapped[str] = mapped_column(String(32), unique=True)
    """El que se ve: al azar, para que no diga cuánto se vende."""
    usuario_id: Mapped[int] = mapped_column(ForeignKey("usuarios.id"))
    clave: Mapped[str] = mapped_column(String(100))
    """La Idempotency-Key con que se pidió."""
    huella: Mapped[str] = mapped_column(String(20))
    """Lo que se pidió con ella."""
    estado: Mapped[str] = mapped_column(String(12))
    subtotal: Mapped[Decimal] = mapped_column(Dinero)
    iva: Mapped[Decimal] = mapped_column(Dinero)
    total: Mapped[Decimal] = mapped_column(Dinero)
    creado: Mapped[datetime] = mapped_column(Instante)
    intento: Mapped[str | None] = mapped_column(String(100), unique=True)
    """El PaymentIntent con que se paga."""

    usuario: Mapped[Usuario] = relationship()
    lineas: Mapped[list["LineaDePedido"]] = relationship(
        lazy="selectin", order_by="LineaDePedido.id"
    )


class LineaDePedido(Base):
    """Una línea de la factura: copia lo que había, para que nadie lo cambie después."""

    __tablename__ = "lineas_de_pedido"

    id: Mapped[int] = mapped_column(primary_key=True)
    pedido_id: Mapped[int] = mapped_column(ForeignKey("pedidos.id"), index=True)
    variante_id: Mapped[int] = mapped_column(ForeignKey("variantes.id"))
    sku: Mapped[str] = mapped_column(String(40))
    producto: Mapped[str] = mapped_column(String(80))
    nombre: Mapped[str] = mapped_column(String(200))
    variante: Mapped[str] = mapped_column(String(100))
    precio: Mapped[Decimal] = mapped_column(Dinero)
    cantidad: Mapped[int]
    importe: Mapped[Decimal] = mapped_column(Dinero)
    iva: Mapped[Decimal] = mapped_column(Dinero)


class EventoDeStripe(Base):
    """Un aviso de Stripe que ya se ha atendido."""

    __tablename__ = "eventos_de_stripe"

    id: Mapped[str] = mapped_column(String(100), primary_key=True)


class Aviso(Base):
    """Algo que le ha pasado a un pedido, contado a quien lo hizo."""

    __tablename__ = "avisos"

    usuario_id: Mapped[int] = mapped_column(ForeignKey("usuarios.id"), primary_key=True)
    numero: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    datos: Mapped[dict[str, Any]] = mapped_column(JSON)
