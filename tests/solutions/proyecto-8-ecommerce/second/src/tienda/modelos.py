"""Las tablas, como clases de SQLAlchemy 2.

Cada cambio de este archivo necesita su migración, que es otro archivo y se guarda en
Git con él:

    uv run alembic revision --autogenerate -m "qué cambia"
    uv run alembic upgrade head

Léela antes de aplicarla: Alembic propone, tú decides. Y prueba también el camino de
vuelta (uv run alembic downgrade -1).
"""

from enum import StrEnum

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from tienda.bd import Base, Instante


class Rol(StrEnum):
    """Qué puede hacer una cuenta."""

    CLIENTE = "cliente"
    ADMIN = "admin"


class Usuario(Base):
    """Una cuenta."""

    __tablename__ = "usuarios"

    id: Mapped[int] = mapped_column(primary_key=True)
    nombre: Mapped[str] = mapped_column(String(30), unique=True)
    clave: Mapped[str] = mapped_column(String(200))
    """El hash de argon2 de la contraseña."""
    rol: Mapped[str] = mapped_column(String(10), default=Rol.CLIENTE.value)
    avisos: Mapped[int] = mapped_column(default=0, server_default="0")
    """El número de su último aviso. Cambiarlo bloquea la fila."""


# Lo demás son tablas sin clase: se lee y se escribe con sentencias (SQLAlchemy Core), y
# lo que sale de una consulta son filas, no objetos que haya que vigilar.
# Los slugs se ordenan letra a letra, como en Python: nada de idiomas.
SLUG = String(80).with_variant(String(80, collation="C"), "postgresql")

cerrojos = Table(
    "cerrojos",
    Base.metadata,
    Column("nombre", String(20), primary_key=True),
    Column("veces", Integer, nullable=False),
)
"""Una fila por cada cosa que solo puede cambiar una petición a la vez."""

categorias = Table(
    "categorias",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    Column("slug", SLUG, nullable=False, unique=True),
    Column("nombre", String(100), nullable=False),
    Column("padre_id", ForeignKey("categorias.id"), nullable=True, index=True),
)

productos = Table(
    "productos",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    Column("slug", SLUG, nullable=False, unique=True),
    Column("nombre", String(200), nullable=False),
    Column("descripcion", Text, nullable=False),
    Column("busca_nombre", Text, nullable=False),
    Column("busca_descripcion", Text, nullable=False),
    Column("categoria_id", ForeignKey("categorias.id"), nullable=False, index=True),
    Column("retirado", Boolean, nullable=False, default=False),
)

variantes = Table(
    "variantes",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    Column("producto_id", ForeignKey("productos.id"), nullable=False, index=True),
    Column("posicion", Integer, nullable=False),
    Column("sku", String(40), nullable=False, unique=True),
    Column("nombre", String(100), nullable=False),
    Column("precio", Integer, nullable=False),
    Column("existencias", Integer, nullable=False),
    CheckConstraint("precio > 0", name="precio"),
    CheckConstraint("existencias >= 0", name="existencias"),
)
"""Los precios, en céntimos."""

carritos = Table(
    "carritos",
    Base.metadata,
    Column("id", String(60), primary_key=True),
    Column("usuario_id", ForeignKey("usuarios.id"), nullable=True, unique=True),
    Column("caduca", Instante, nullable=False),
)

lineas = Table(
    "lineas",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    Column("carrito_id", ForeignKey("carritos.id"), nullable=False),
    Column("variante_id", ForeignKey("variantes.id"), nullable=False),
    Column("cantidad", Integer, nullable=False),
    UniqueConstraint("carrito_id", "variante_id"),
    CheckConstraint("cantidad BETWEEN 1 AND 99", name="cantidad"),
)

pedidos = Table(
    "pedidos",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    Column("codigo", String(60), nullable=False, unique=True),
    Column("usuario_id", ForeignKey("usuarios.id"), nullable=False),
    Column("clave", String(100), nullable=False),
    Column("estado", String(20), nullable=False),
    Column("lineas", JSON, nullable=False),
    Column("subtotal", BigInteger, nullable=False),
    Column("iva", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("creado", Instante, nullable=False),
    Column("intento", Integer, nullable=False, default=0),
    Column("intentado", Instante, nullable=True),
    Column("payment_intent", String(255), nullable=True, unique=True),
    Column("client_secret", String(255), nullable=True),
    UniqueConstraint("usuario_id", "clave"),
)
"""Las líneas son lo que se compró, tal como era: no se calculan otra vez."""

avisos = Table(
    "avisos",
    Base.metadata,
    Column("usuario_id", ForeignKey("usuarios.id"), primary_key=True),
    Column("numero", Integer, primary_key=True, autoincrement=False),
    Column("pedido", String(60), nullable=False),
    Column("estado", String(20), nullable=False),
    Column("momento", Instante, nullable=False),
)
