"""El resto del blog: usuarios, sesiones, etiquetas, comentarios e imágenes."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from blog.bd import Instante

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

NUEVAS = ("actualizado", "autor_id", "borrado", "busqueda", "estado", "publicado")


def upgrade() -> None:
    """La ida."""
    op.create_table(
        "usuarios",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("nombre", sa.String(length=30), nullable=False),
        sa.Column("clave", sa.String(length=200), nullable=False),
        sa.Column("rol", sa.String(length=10), nullable=False),
        sa.Column("biografia", sa.Text(), nullable=False),
        sa.Column("creado", Instante(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usuarios")),
        sa.UniqueConstraint("nombre", name=op.f("uq_usuarios_nombre")),
    )
    op.create_table(
        "sesiones",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("usuario_id", sa.Integer(), nullable=False),
        sa.Column("familia", sa.String(length=32), nullable=False),
        sa.Column("huella", sa.String(length=64), nullable=False),
        sa.Column("caduca", Instante(), nullable=False),
        sa.Column("gastado", Instante(), nullable=True),
        sa.ForeignKeyConstraint(
            ["usuario_id"], ["usuarios.id"], name=op.f("fk_sesiones_usuario_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sesiones")),
        sa.UniqueConstraint("huella", name=op.f("uq_sesiones_huella")),
    )
    op.create_index(op.f("ix_sesiones_familia"), "sesiones", ["familia"])
    op.create_index(op.f("ix_sesiones_usuario_id"), "sesiones", ["usuario_id"])
    op.create_table(
        "imagenes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("nombre", sa.String(length=40), nullable=False),
        sa.Column("tipo", sa.String(length=20), nullable=False),
        sa.Column("ancho", sa.Integer(), nullable=False),
        sa.Column("alto", sa.Integer(), nullable=False),
        sa.Column("tamano", sa.Integer(), nullable=False),
        sa.Column("usuario_id", sa.Integer(), nullable=False),
        sa.Column("creado", Instante(), nullable=False),
        sa.ForeignKeyConstraint(
            ["usuario_id"], ["usuarios.id"], name=op.f("fk_imagenes_usuario_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imagenes")),
        sa.UniqueConstraint("nombre", name=op.f("uq_imagenes_nombre")),
    )
    _ampliar_posts()
    op.create_table(
        "etiquetas",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("nombre", sa.String(length=30), nullable=False),
        sa.Column("lugar", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_etiquetas_post_id")
        ),
        sa.PrimaryKeyConstraint("post_id", "nombre", name=op.f("pk_etiquetas")),
    )
    op.create_index(op.f("ix_etiquetas_nombre"), "etiquetas", ["nombre"])
    op.create_table(
        "comentarios",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("autor_id", sa.Integer(), nullable=True),
        sa.Column("contenido", sa.Text(), nullable=False),
        sa.Column("creado", Instante(), nullable=False),
        sa.ForeignKeyConstraint(
            ["autor_id"], ["usuarios.id"], name=op.f("fk_comentarios_autor_id")
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_comentarios_post_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comentarios")),
    )
    op.create_index(op.f("ix_comentarios_post_id"), "comentarios", ["post_id"])


def _ampliar_posts() -> None:
    """Las columnas nuevas, también para los posts que ya había."""
    with op.batch_alter_table("posts") as posts:
        posts.add_column(sa.Column("slug", sa.String(length=80)))
        posts.add_column(sa.Column("busqueda", sa.Text()))
        posts.add_column(sa.Column("estado", sa.String(length=10)))
        posts.add_column(sa.Column("autor_id", sa.Integer(), nullable=True))
        posts.add_column(sa.Column("actualizado", Instante()))
        posts.add_column(sa.Column("publicado", Instante(), nullable=True))
        posts.add_column(sa.Column("borrado", Instante(), nullable=True))
    op.execute(
        "UPDATE posts SET slug = 'post-' || id, busqueda = lower(titulo), "
        "estado = 'borrador', actualizado = creado"
    )
    with op.batch_alter_table("posts") as posts:
        posts.alter_column("slug", existing_type=sa.String(80), nullable=False)
        posts.alter_column("busqueda", existing_type=sa.Text(), nullable=False)
        posts.alter_column("estado", existing_type=sa.String(10), nullable=False)
        posts.alter_column("actualizado", existing_type=Instante(), nullable=False)
        posts.create_unique_constraint(op.f("uq_posts_slug"), ["slug"])
        posts.create_foreign_key(
            op.f("fk_posts_autor_id"), "usuarios", ["autor_id"], ["id"]
        )
        posts.create_index(op.f("ix_posts_autor_id"), ["autor_id"])
        posts.create_index("ix_posts_publicado_id", ["publicado", "id"])


def downgrade() -> None:
    """La vuelta: deja la base como estaba."""
    op.drop_table("comentarios")
    op.drop_table("etiquetas")
    with op.batch_alter_table("posts") as posts:
        posts.drop_index("ix_posts_publicado_id")
        posts.drop_index(op.f("ix_posts_autor_id"))
        posts.drop_constraint(op.f("fk_posts_autor_id"), type_="foreignkey")
        posts.drop_constraint(op.f("uq_posts_slug"), type_="unique")
        for columna in ("slug", *NUEVAS):
            posts.drop_column(columna)
    op.drop_table("imagenes")
    op.drop_table("sesiones")
    op.drop_table("usuarios")
