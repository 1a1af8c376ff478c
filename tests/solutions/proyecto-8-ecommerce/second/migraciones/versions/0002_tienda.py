"""El catálogo, los carritos, los pedidos y sus avisos."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from tienda.bd import Instante

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """La ida."""
    op.create_table(
        "categorias",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "slug",
            sa.String(length=80).with_variant(
                sa.String(length=80, collation="C"), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("nombre", sa.String(length=100), nullable=False),
        sa.Column("padre_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["padre_id"], ["categorias.id"], name=op.f("fk_categorias_padre_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_categorias")),
        sa.UniqueConstraint("slug", name=op.f("uq_categorias_slug")),
    )
    with op.batch_alter_table("categorias", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_categorias_padre_id"), ["padre_id"], unique=False
        )

    op.create_table(
        "cerrojos",
        sa.Column("nombre", sa.String(length=20), nullable=False),
        sa.Column("veces", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("nombre", name=op.f("pk_cerrojos")),
    )
    op.execute("INSERT INTO cerrojos (nombre, veces) VALUES ('arbol', 0)")
    op.create_table(
        "avisos",
        sa.Column("usuario_id", sa.Integer(), nullable=False),
        sa.Column("numero", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("pedido", sa.String(length=60), nullable=False),
        sa.Column("estado", sa.String(length=20), nullable=False),
        sa.Column("momento", Instante(), nullable=False),
        sa.ForeignKeyConstraint(
            ["usuario_id"], ["usuarios.id"], name=op.f("fk_avisos_usuario_id")
        ),
        sa.PrimaryKeyConstraint("usuario_id", "numero", name=op.f("pk_avisos")),
    )
    op.create_table(
        "carritos",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("usuario_id", sa.Integer(), nullable=True),
        sa.Column("caduca", Instante(), nullable=False),
        sa.ForeignKeyConstraint(
            ["usuario_id"], ["usuarios.id"], name=op.f("fk_carritos_usuario_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carritos")),
        sa.UniqueConstraint("usuario_id", name=op.f("uq_carritos_usuario_id")),
    )
    op.create_table(
        "pedidos",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("codigo", sa.String(length=60), nullable=False),
        sa.Column("usuario_id", sa.Integer(), nullable=False),
        sa.Column("clave", sa.String(length=100), nullable=False),
        sa.Column("estado", sa.String(length=20), nullable=False),
        sa.Column("lineas", sa.JSON(), nullable=False),
        sa.Column("subtotal", sa.BigInteger(), nullable=False),
        sa.Column("iva", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("creado", Instante(), nullable=False),
        sa.Column("intento", sa.Integer(), nullable=False),
        sa.Column("intentado", Instante(), nullable=True),
        sa.Column("payment_intent", sa.String(length=255), nullable=True),
        sa.Column("client_secret", sa.String(length=255), nullable=True),
        sa.ForeignKeyConstraint(
            ["usuario_id"], ["usuarios.id"], name=op.f("fk_pedidos_usuario_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pedidos")),
        sa.UniqueConstraint("codigo", name=op.f("uq_pedidos_codigo")),
        sa.UniqueConstraint("payment_intent", name=op.f("uq_pedidos_payment_intent")),
        sa.UniqueConstraint(
            "usuario_id", "clave", name=op.f("uq_pedidos_usuario_id_clave")
        ),
    )
    op.create_table(
        "productos",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "slug",
            sa.String(length=80).with_variant(
                sa.String(length=80, collation="C"), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("nombre", sa.String(length=200), nullable=False),
        sa.Column("descripcion", sa.Text(), nullable=False),
        sa.Column("busca_nombre", sa.Text(), nullable=False),
        sa.Column("busca_descripcion", sa.Text(), nullable=False),
        sa.Column("categoria_id", sa.Integer(), nullable=False),
        sa.Column("retirado", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["categoria_id"], ["categorias.id"], name=op.f("fk_productos_categoria_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_productos")),
        sa.UniqueConstraint("slug", name=op.f("uq_productos_slug")),
    )
    with op.batch_alter_table("productos", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_productos_categoria_id"), ["categoria_id"], unique=False
        )

    op.create_table(
        "variantes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("producto_id", sa.Integer(), nullable=False),
        sa.Column("posicion", sa.Integer(), nullable=False),
        sa.Column("sku", sa.String(length=40), nullable=False),
        sa.Column("nombre", sa.String(length=100), nullable=False),
        sa.Column("precio", sa.Integer(), nullable=False),
        sa.Column("existencias", sa.Integer(), nullable=False),
        sa.CheckConstraint("existencias >= 0", name=op.f("ck_variantes_existencias")),
        sa.CheckConstraint("precio > 0", name=op.f("ck_variantes_precio")),
        sa.ForeignKeyConstraint(
            ["producto_id"], ["productos.id"], name=op.f("fk_variantes_producto_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_variantes")),
        sa.UniqueConstraint("sku", name=op.f("uq_variantes_sku")),
    )
    with op.batch_alter_table("variantes", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_variantes_producto_id"), ["producto_id"], unique=False
        )

    op.create_table(
        "lineas",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("carrito_id", sa.String(length=60), nullable=False),
        sa.Column("variante_id", sa.Integer(), nullable=False),
        sa.Column("cantidad", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "cantidad BETWEEN 1 AND 99", name=op.f("ck_lineas_cantidad")
        ),
        sa.ForeignKeyConstraint(
            ["carrito_id"], ["carritos.id"], name=op.f("fk_lineas_carrito_id")
        ),
        sa.ForeignKeyConstraint(
            ["variante_id"], ["variantes.id"], name=op.f("fk_lineas_variante_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lineas")),
        sa.UniqueConstraint(
            "carrito_id", "variante_id", name=op.f("uq_lineas_carrito_id_variante_id")
        ),
    )
    with op.batch_alter_table("usuarios", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("avisos", sa.Integer(), server_default="0", nullable=False)
        )


def downgrade() -> None:
    """La vuelta: deja la base como estaba."""
    op.drop_table("lineas")
    with op.batch_alter_table("variantes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_variantes_producto_id"))

    op.drop_table("variantes")
    with op.batch_alter_table("productos", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_productos_categoria_id"))

    op.drop_table("productos")
    op.drop_table("pedidos")
    op.drop_table("carritos")
    op.drop_table("avisos")
    op.drop_table("cerrojos")
    with op.batch_alter_table("categorias", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_categorias_padre_id"))

    op.drop_table("categorias")
    # Lo último: en SQLite se copia la tabla, y ya nadie debe apuntar a ella.
    with op.batch_alter_table("usuarios", schema=None) as batch_op:
        batch_op.drop_column("avisos")
