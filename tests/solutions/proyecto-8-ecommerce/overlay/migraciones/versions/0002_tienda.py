"""Todo lo demás: catálogo, carritos, pedidos y avisos."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from tienda.bd import Instante
from tienda.dinero import Dinero

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """La ida."""
    op.create_table(
        "arbol",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arbol")),
    )
    op.execute("INSERT INTO arbol (id, version) VALUES (1, 0)")
    op.create_table(
        "categorias",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
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
        "eventos_de_stripe",
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_eventos_de_stripe")),
    )
    op.create_table(
        "avisos",
        sa.Column("usuario_id", sa.Integer(), nullable=False),
        sa.Column("numero", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("datos", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["usuario_id"], ["usuarios.id"], name=op.f("fk_avisos_usuario_id")
        ),
        sa.PrimaryKeyConstraint("usuario_id", "numero", name=op.f("pk_avisos")),
    )
    op.create_table(
        "carritos",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clave", sa.String(length=64), nullable=True),
        sa.Column("usuario_id", sa.Integer(), nullable=True),
        sa.Column("cambiado", Instante(), nullable=False),
        sa.ForeignKeyConstraint(
            ["usuario_id"], ["usuarios.id"], name=op.f("fk_carritos_usuario_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carritos")),
        sa.UniqueConstraint("clave", name=op.f("uq_carritos_clave")),
        sa.UniqueConstraint("usuario_id", name=op.f("uq_carritos_usuario_id")),
    )
    op.create_table(
        "pedidos",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("numero", sa.String(length=32), nullable=False),
        sa.Column("usuario_id", sa.Integer(), nullable=False),
        sa.Column("clave", sa.String(length=100), nullable=False),
        sa.Column("huella", sa.String(length=20), nullable=False),
        sa.Column("estado", sa.String(length=12), nullable=False),
        sa.Column("subtotal", Dinero(), nullable=False),
        sa.Column("iva", Dinero(), nullable=False),
        sa.Column("total", Dinero(), nullable=False),
        sa.Column("creado", Instante(), nullable=False),
        sa.Column("intento", sa.String(length=100), nullable=True),
        sa.ForeignKeyConstraint(
            ["usuario_id"], ["usuarios.id"], name=op.f("fk_pedidos_usuario_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pedidos")),
        sa.UniqueConstraint("intento", name=op.f("uq_pedidos_intento")),
        sa.UniqueConstraint("numero", name=op.f("uq_pedidos_numero")),
        sa.UniqueConstraint(
            "usuario_id", "clave", name=op.f("uq_pedidos_usuario_id_clave")
        ),
    )
    op.create_table(
        "productos",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("nombre", sa.String(length=200), nullable=False),
        sa.Column("descripcion", sa.Text(), nullable=False),
        sa.Column("busqueda", sa.Text(), nullable=False),
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
        sa.Column("sku", sa.String(length=40), nullable=False),
        sa.Column("nombre", sa.String(length=100), nullable=False),
        sa.Column("precio", Dinero(), nullable=False),
        sa.Column("existencias", sa.Integer(), nullable=False),
        sa.CheckConstraint("existencias >= 0", name=op.f("ck_variantes_existencias")),
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
        "lineas_de_carrito",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("carrito_id", sa.Integer(), nullable=False),
        sa.Column("variante_id", sa.Integer(), nullable=False),
        sa.Column("cantidad", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["carrito_id"],
            ["carritos.id"],
            name=op.f("fk_lineas_de_carrito_carrito_id"),
        ),
        sa.ForeignKeyConstraint(
            ["variante_id"],
            ["variantes.id"],
            name=op.f("fk_lineas_de_carrito_variante_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lineas_de_carrito")),
        sa.UniqueConstraint(
            "carrito_id",
            "variante_id",
            name=op.f("uq_lineas_de_carrito_carrito_id_variante_id"),
        ),
    )
    op.create_table(
        "lineas_de_pedido",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pedido_id", sa.Integer(), nullable=False),
        sa.Column("variante_id", sa.Integer(), nullable=False),
        sa.Column("sku", sa.String(length=40), nullable=False),
        sa.Column("producto", sa.String(length=80), nullable=False),
        sa.Column("nombre", sa.String(length=200), nullable=False),
        sa.Column("variante", sa.String(length=100), nullable=False),
        sa.Column("precio", Dinero(), nullable=False),
        sa.Column("cantidad", sa.Integer(), nullable=False),
        sa.Column("importe", Dinero(), nullable=False),
        sa.Column("iva", Dinero(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pedido_id"], ["pedidos.id"], name=op.f("fk_lineas_de_pedido_pedido_id")
        ),
        sa.ForeignKeyConstraint(
            ["variante_id"],
            ["variantes.id"],
            name=op.f("fk_lineas_de_pedido_variante_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lineas_de_pedido")),
    )
    with op.batch_alter_table("lineas_de_pedido", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_lineas_de_pedido_pedido_id"), ["pedido_id"], unique=False
        )

    with op.batch_alter_table("usuarios", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("avisos", sa.Integer(), server_default="0", nullable=False)
        )


def downgrade() -> None:
    """La vuelta: deja la base como estaba."""
    with op.batch_alter_table("usuarios", schema=None) as batch_op:
        batch_op.drop_column("avisos")

    with op.batch_alter_table("lineas_de_pedido", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lineas_de_pedido_pedido_id"))

    op.drop_table("lineas_de_pedido")
    op.drop_table("lineas_de_carrito")
    with op.batch_alter_table("variantes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_variantes_producto_id"))

    op.drop_table("variantes")
    with op.batch_alter_table("productos", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_productos_categoria_id"))

    op.drop_table("productos")
    op.drop_table("pedidos")
    op.drop_table("carritos")
    op.drop_table("avisos")
    op.drop_table("eventos_de_stripe")
    with op.batch_alter_table("categorias", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_categorias_padre_id"))

    op.drop_table("categorias")
    op.drop_table("arbol")
