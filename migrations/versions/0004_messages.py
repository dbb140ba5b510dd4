"""Messages to people, each row on its way to one service."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(23), "sqlite")  # UTC; text on SQLite
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "messages",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("service", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("player_id", KEY, sa.ForeignKey("players.id")),
        sa.Column("game_id", sa.Integer, sa.ForeignKey("games.id")),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_try_at", MOMENT),
        sa.Column("delivered_at", MOMENT),
        sa.Column("given_up_at", MOMENT),
        sa.Column("error", sa.Text),
    )
    waiting = sa.text("next_try_at IS NOT NULL")
    op.create_index(
        "messages_waiting",
        "messages",
        ["service", "next_try_at"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )


def downgrade() -> None:
    """What was not delivered is lost."""
    op.drop_table("messages")
