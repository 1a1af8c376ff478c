"""La primera tabla: objetivos."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from monitor.bd import Instante

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """La ida."""
    op.create_table(
        "objetivos",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("nombre", sa.String(length=100), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("creado", Instante(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objetivos")),
    )


def downgrade() -> None:
    """La vuelta: deja la base como estaba."""
    op.drop_table("objetivos")
