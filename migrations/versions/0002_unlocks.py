"""Unlocks, former titles, awards, and how far a player's history was read."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(23), "sqlite")  # UTC; text on SQLite
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("players", sa.Column("walked_at", MOMENT))
    op.add_column("players", sa.Column("unlocks_until", MOMENT))
    op.add_column("targets", sa.Column("award_kind", sa.String(24)))
    op.add_column("targets", sa.Column("award_at", MOMENT))
    op.create_table(
        "game_titles",
        sa.Column("game_id", sa.Integer, sa.ForeignKey("games.id"), primary_key=True),
        sa.Column("first_seen_at", MOMENT, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=False),
    )
    op.create_table(
        "unlocks",
        sa.Column("player_id", KEY, sa.ForeignKey("players.id"), primary_key=True),
        sa.Column("achievement_id", KEY, primary_key=True, autoincrement=False),
        sa.Column("hardcore", sa.Boolean, primary_key=True),
        sa.Column("game_id", sa.Integer, sa.ForeignKey("games.id"), nullable=False),
        sa.Column("unlocked_at", MOMENT, nullable=False),
        sa.Column("points", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("first_seen_at", MOMENT, nullable=False),
        sa.Column("gone_at", MOMENT),
        sa.Column("source", sa.String(16), nullable=False),
    )
    op.create_index("unlocks_by_time", "unlocks", ["player_id", "unlocked_at"])
    op.create_index("unlocks_by_game", "unlocks", ["player_id", "game_id"])


def downgrade() -> None:
    raise NotImplementedError("unlocks that the site forgot exist nowhere else; restore a backup instead")
