"""The profile's totals, to check the books by; consoles, to name games by the hundred."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(23), "sqlite")  # UTC; text on SQLite


def upgrade() -> None:
    op.add_column("players", sa.Column("total_points", sa.Integer))
    op.add_column("players", sa.Column("total_softcore_points", sa.Integer))
    op.create_table(
        "consoles",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("listed_at", MOMENT),
    )


def downgrade() -> None:
    """The site tells all of it again."""
    op.drop_table("consoles")
    op.drop_column("players", "total_softcore_points")
    op.drop_column("players", "total_points")
