"""When a game's own unlocks were asked for, and all of a player's. For some hours 0003 made the former."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(23), "sqlite")  # UTC; text on SQLite


def upgrade() -> None:
    columns = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("targets")}
    if "unlocks_read_at" not in columns:
        op.add_column("targets", sa.Column("unlocks_read_at", MOMENT))
    op.add_column("players", sa.Column("unlocks_whole_at", MOMENT))


def downgrade() -> None:
    """The site is asked again."""
    op.drop_column("players", "unlocks_whole_at")
    op.drop_column("targets", "unlocks_read_at")
