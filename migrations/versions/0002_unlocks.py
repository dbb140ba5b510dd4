"""Unlocks, former titles, awards, how far a player's history was read; gaps are found by an index."""

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
    op.create_index("unlocks_by_time", "unlocks", ["player_id", "unlocked_at", "gone_at"])
    op.create_index("unlocks_by_game", "unlocks", ["player_id", "game_id", "unlocked_at"])
    op.create_index("unlocks_gone", "unlocks", ["player_id", "gone_at"], **where("gone_at IS NOT NULL"))
    op.execute(FIRST_UNLOCKS)
    after_gap = where("after_gap <> 0", "after_gap")  # on SQLite word for word as in coverage_gaps
    op.create_index("snapshots_after_gap", "snapshots", ["player_id", "first_seen_at"], **after_gap)
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP VIEW coverage_gaps")
        op.execute(COVERAGE_GAPS.format(no_gap="0"))
    else:  # in place: the columns stay, and views of the user may read it
        replaced = COVERAGE_GAPS.format(no_gap="false").replace("CREATE VIEW", "CREATE OR REPLACE VIEW")
        op.execute(replaced)


def downgrade() -> None:
    raise NotImplementedError("unlocks that the site forgot exist nowhere else; restore a backup instead")


def where(sqlite: str, postgresql: str | None = None) -> dict[str, sa.TextClause]:
    return {"sqlite_where": sa.text(sqlite), "postgresql_where": sa.text(postgresql or sqlite)}


# An achievement counts once, when it was first unlocked; of two at one moment, the casual one is the first.
FIRST_UNLOCKS = """
    CREATE VIEW first_unlocks AS
    SELECT u.player_id, u.achievement_id, u.game_id, u.hardcore, u.unlocked_at, u.points, u.title
    FROM unlocks u
    WHERE u.gone_at IS NULL
      AND NOT EXISTS (
        SELECT 1 FROM unlocks e
        WHERE e.player_id = u.player_id AND e.achievement_id = u.achievement_id AND e.hardcore <> u.hardcore
          AND e.gone_at IS NULL
          AND (e.unlocked_at < u.unlocked_at OR (e.unlocked_at = u.unlocked_at AND u.hardcore)))"""

# As in 0001, but one step in an index leads to the look before, where all earlier ones were read.
COVERAGE_GAPS = """
    CREATE VIEW coverage_gaps AS
    SELECT s.player_id, pl.username, s.game_id, g.title,
           (SELECT q.last_seen_at FROM snapshots q
            WHERE q.player_id = s.player_id AND q.game_id = s.game_id AND q.first_seen_at < s.first_seen_at
            ORDER BY q.first_seen_at DESC LIMIT 1) AS started_at,
           s.first_seen_at AS ended_at
    FROM snapshots s
    JOIN players pl ON pl.id = s.player_id
    JOIN games g ON g.id = s.game_id
    WHERE s.after_gap <> {no_gap}"""
