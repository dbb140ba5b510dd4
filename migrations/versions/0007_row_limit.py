"""Remember how many rows of a page the site sends. On SQLite the budget's file is created anew by itself."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.add_column("budgets", sa.Column("max_rows", sa.Integer))
        op.add_column("budgets", sa.Column("max_rows_until", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """The site is asked for long pages again."""
    if op.get_bind().dialect.name != "sqlite":
        op.drop_column("budgets", "max_rows_until")
        op.drop_column("budgets", "max_rows")
