"""Cada cuánto se vigila cada objetivo, cómo fue y qué alertas hubo."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from monitor.bd import Instante

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SIN_CERRAR = sa.text("cerrada IS NULL")


def upgrade() -> None:
    """La ida: los objetivos que había se vigilan con lo de siempre."""
    op.create_table(
        "comprobaciones",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("objetivo_id", sa.Integer(), nullable=False),
        sa.Column("momento", Instante(), nullable=False),
        sa.Column("bien", sa.Boolean(), nullable=False),
        sa.Column("motivo", sa.String(length=20), nullable=True),
        sa.Column("codigo", sa.Integer(), nullable=True),
        sa.Column("latencia_ms", sa.Float(), nullable=False),
        sa.Column("intentos", sa.Integer(), nullable=False),
        sa.Column("turno", Instante(), nullable=True),
        sa.ForeignKeyConstraint(
            ["objetivo_id"],
            ["objetivos.id"],
            name=op.f("fk_comprobaciones_objetivo_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comprobaciones")),
        sa.UniqueConstraint(
            "objetivo_id", "turno", name=op.f("uq_comprobaciones_objetivo_id_turno")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_comprobaciones_objetivo_momento",
        "comprobaciones",
        ["objetivo_id", "momento"],
    )
    op.create_table(
        "alertas",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("objetivo_id", sa.Integer(), nullable=False),
        sa.Column("motivo", sa.String(length=20), nullable=False),
        sa.Column("abierta", Instante(), nullable=False),
        sa.Column("cerrada", Instante(), nullable=True),
        sa.ForeignKeyConstraint(
            ["objetivo_id"],
            ["objetivos.id"],
            name=op.f("fk_alertas_objetivo_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alertas")),
    )
    op.create_index("ix_alertas_objetivo_id", "alertas", ["objetivo_id"])
    op.create_index(
        "uq_alertas_abierta",
        "alertas",
        ["objetivo_id"],
        unique=True,
        sqlite_where=SIN_CERRAR,
        postgresql_where=SIN_CERRAR,
    )
    with op.batch_alter_table("objetivos") as tabla:
        for columna in (
            sa.Column("intervalo", sa.Integer(), nullable=False, server_default="60"),
            sa.Column("timeout", sa.Float(), nullable=False, server_default="5"),
            sa.Column("activo", sa.Boolean(), nullable=False, server_default=sa.true()),
            sa.Column("siguiente", Instante(), nullable=True),
            sa.Column("fallos", sa.Integer(), nullable=False, server_default="3"),
            sa.Column("aciertos", sa.Integer(), nullable=False, server_default="2"),
            sa.Column("latencia_maxima", sa.Float(), nullable=True),
            sa.Column("silencio_hasta", Instante(), nullable=True),
            sa.Column("ocupado_por", sa.String(length=100), nullable=True),
            sa.Column("ocupado_hasta", Instante(), nullable=True),
            sa.Column(
                "malas_seguidas", sa.Integer(), nullable=False, server_default="0"
            ),
            sa.Column(
                "buenas_seguidas", sa.Integer(), nullable=False, server_default="0"
            ),
            sa.Column("ultima_id", sa.Integer(), nullable=True),
        ):
            tabla.add_column(columna)
    op.execute("UPDATE objetivos SET siguiente = creado")
    with op.batch_alter_table("objetivos") as tabla:
        tabla.alter_column("siguiente", existing_type=Instante(), nullable=False)
        for nombre in (
            "intervalo",
            "timeout",
            "activo",
            "fallos",
            "aciertos",
            "malas_seguidas",
            "buenas_seguidas",
        ):
            tabla.alter_column(nombre, server_default=None)
        tabla.create_index(op.f("ix_objetivos_siguiente"), ["siguiente"])


def downgrade() -> None:
    """La vuelta: quedan los objetivos, y nada de lo que se supo de ellos."""
    with op.batch_alter_table("objetivos") as tabla:
        tabla.drop_index(op.f("ix_objetivos_siguiente"))
        for nombre in (
            "intervalo",
            "timeout",
            "activo",
            "siguiente",
            "fallos",
            "aciertos",
            "latencia_maxima",
            "silencio_hasta",
            "ocupado_por",
            "ocupado_hasta",
            "malas_seguidas",
            "buenas_seguidas",
            "ultima_id",
        ):
            tabla.drop_column(nombre)
    op.drop_table("alertas")
    op.drop_table("comprobaciones")
