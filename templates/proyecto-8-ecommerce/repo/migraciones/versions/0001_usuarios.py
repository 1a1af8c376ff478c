"""La primera tabla: las cuentas."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """La ida."""
    op.create_table(
        "usuarios",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("nombre", sa.String(length=30), nullable=False),
        sa.Column("clave", sa.String(length=200), nullable=False),
        sa.Column("rol", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usuarios")),
        sa.UniqueConstraint("nombre", name=op.f("uq_usuarios_nombre")),
    )


def downgrade() -> None:
    """La vuelta: deja la base como estaba."""
    op.drop_table("usuarios")
