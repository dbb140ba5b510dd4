"""Players, targets, snapshots as stretches, runs, rejections, budgets, and the five views."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(23), "sqlite")  # UTC; text on SQLite
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NUMBERS = (
    "num_possible_achievements",
    "possible_score",
    "num_achieved",
    "score_achieved",
    "num_achieved_hardcore",
    "score_achieved_hardcore",
)
ROOM = {"postgresql_with": {"fillfactor": 90}}  # narrow updates stay in their page


def upgrade() -> None:
    players()
    games_and_targets()
    runs()
    snapshots()
    rejections()
    if op.get_bind().dialect.name == "postgresql":
        budgets()  # with SQLite they live in a file of their own
    for name, query in views(op.get_bind().dialect.name).items():
        op.execute(f"CREATE VIEW {name} AS {query}")


def downgrade() -> None:
    raise NotImplementedError("0001 is the first schema; below it there is no history to keep")


def players() -> None:
    op.create_table(
        "players",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("ulid", sa.String(26), nullable=False, unique=True),
        sa.Column("username", sa.String(64), nullable=False),
        sa.Column("config_name", sa.String(64)),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("profile_checked_at", MOMENT),
        sa.Column("gone_at", MOMENT),
    )
    op.create_table(
        "player_names",
        sa.Column("player_id", KEY, sa.ForeignKey("players.id"), primary_key=True),
        sa.Column("first_seen_at", MOMENT, primary_key=True),
        sa.Column("username", sa.String(64), nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=False),
    )


def games_and_targets() -> None:
    op.create_table(
        "games",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("title", sa.Text),
        sa.Column("console_id", sa.Integer),
        sa.Column("console_name", sa.Text),
        sa.Column("icon_path", sa.Text),
        sa.Column("updated_at", MOMENT),
    )
    op.create_table(
        "targets",
        sa.Column("player_id", KEY, sa.ForeignKey("players.id"), primary_key=True),
        sa.Column("game_id", sa.Integer, sa.ForeignKey("games.id"), primary_key=True),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("removed_at", MOMENT),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("expected_at", MOMENT),
        sa.Column("misses", sa.Integer, nullable=False),
        sa.Column("interval_seconds", sa.Integer, nullable=False),
        **ROOM,
    )


def runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("player_id", KEY, sa.ForeignKey("players.id")),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT),
        sa.Column("trigger", sa.String(16), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("targets_asked", sa.Integer, nullable=False),
        sa.Column("targets_seen", sa.Integer, nullable=False),
        sa.Column("snapshots_added", sa.Integer, nullable=False),
        sa.Column("requests", sa.Integer, nullable=False),
        sa.Column("recorded_batches", sa.Integer, nullable=False),
        sa.Column("error", sa.Text),
    )
    op.create_index("runs_by_player", "runs", ["player_id", "id"])
    running = sa.text("outcome = 'running'")
    op.create_index("runs_running", "runs", ["player_id"], sqlite_where=running, postgresql_where=running)


def snapshots() -> None:
    op.create_table(
        "snapshots",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("player_id", KEY, sa.ForeignKey("players.id"), nullable=False),
        sa.Column("game_id", sa.Integer, sa.ForeignKey("games.id"), nullable=False),
        sa.Column("first_seen_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=False),
        sa.Column("looks", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in NUMBERS),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("after_gap", sa.Boolean, nullable=False),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.Column("run_id", KEY, sa.ForeignKey("runs.id")),
        sa.UniqueConstraint("player_id", "game_id", "first_seen_at", name="snapshots_once"),
        sa.CheckConstraint("first_seen_at <= last_seen_at", name="snapshots_forward"),
        *(sa.CheckConstraint(f"{name} >= 0", name=f"snapshots_{name}") for name in NUMBERS),
        **ROOM,
    )
    op.create_index(
        "snapshots_open",
        "snapshots",
        ["player_id", "game_id"],
        unique=True,
        sqlite_where=sa.text("is_open"),
        postgresql_where=sa.text("is_open"),
    )
    op.create_index("snapshots_by_time", "snapshots", ["player_id", "first_seen_at"])


def rejections() -> None:
    op.create_table(
        "rejections",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("run_id", KEY, sa.ForeignKey("runs.id")),
        sa.Column("player_id", KEY, sa.ForeignKey("players.id")),
        sa.Column("game_id", sa.Integer, sa.ForeignKey("games.id")),
        sa.Column("first_seen_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=False),
        sa.Column("looks", sa.Integer, nullable=False),
        sa.Column("reason", sa.String(24), nullable=False),
        sa.Column("raw", sa.Text, nullable=False),
        sa.Column("confirmed_at", MOMENT),
        sa.Column("ended_at", MOMENT),
    )
    op.create_index("rejections_by_target", "rejections", ["player_id", "game_id", "id"])


def budgets() -> None:
    op.create_table(
        "budgets",
        sa.Column("key_fingerprint", sa.String(32), primary_key=True),
        sa.Column("next_free_at", MOMENT),
        sa.Column("booked_at", MOMENT),
        sa.Column("not_before", MOMENT),
        sa.Column("wait_reason", sa.String(16)),
        sa.Column("outage_failures", sa.Integer, nullable=False),
        sa.Column("refused_at", MOMENT),
        sa.Column("max_batch", sa.Integer),
        sa.Column("max_batch_until", MOMENT),
    )


def views(dialect: str) -> dict[str, str]:
    day = (
        "substr(c.first_seen_at, 1, 10)"
        if dialect == "sqlite"
        else "(c.first_seen_at AT TIME ZONE 'UTC')::date"
    )
    no_gap = "0" if dialect == "sqlite" else "false"
    any_gap = "max({}.after_gap)".format if dialect == "sqlite" else "bool_or({}.after_gap)".format
    numbers = ", ".join(f"s.{name}" for name in NUMBERS)
    deltas = ", ".join(f"s.{name} - p.{name} AS {name}_delta" for name in NUMBERS)
    return {
        "latest_progress": f"""
            SELECT t.player_id, pl.username, t.game_id, g.title, g.console_name, {numbers},
                   CASE WHEN s.num_possible_achievements > 0
                        THEN round(100.0 * s.num_achieved / s.num_possible_achievements, 2) END AS percent,
                   s.possible_score - s.score_achieved AS points_left,
                   s.first_seen_at, s.last_seen_at, t.expected_at, t.removed_at
            FROM targets t
            JOIN players pl ON pl.id = t.player_id
            JOIN games g ON g.id = t.game_id
            LEFT JOIN snapshots s ON s.player_id = t.player_id AND s.game_id = t.game_id AND s.is_open""",
        "progress_changes": f"""
            SELECT s.id, s.player_id, pl.username, s.game_id, g.title,
                   p.last_seen_at AS previous_seen_at, s.first_seen_at, s.last_seen_at, s.looks,
                   {numbers}, {deltas},
                   CASE
                     WHEN p.id IS NULL THEN 'baseline'
                     WHEN {" AND ".join(f"s.{n} = p.{n}" for n in NUMBERS)} THEN 'resumed'
                     WHEN p.num_possible_achievements > 0 AND s.num_possible_achievements = 0 THEN 'gone'
                     WHEN p.num_possible_achievements = 0 AND s.num_possible_achievements > 0 THEN 'returned'
                     WHEN s.num_possible_achievements = p.num_possible_achievements
                          AND (s.num_achieved < p.num_achieved
                               OR s.num_achieved_hardcore < p.num_achieved_hardcore) THEN 'reset'
                     WHEN s.num_possible_achievements < p.num_possible_achievements
                          AND s.num_achieved < p.num_achieved THEN 'demoted'
                     WHEN s.num_possible_achievements <> p.num_possible_achievements THEN 'set_revised'
                     WHEN s.num_achieved > p.num_achieved THEN 'unlock'
                     WHEN s.num_achieved_hardcore > p.num_achieved_hardcore THEN 'hardcore_upgrade'
                     ELSE 'reweighted'
                   END AS kind,
                   s.after_gap
            FROM snapshots s
            JOIN players pl ON pl.id = s.player_id
            JOIN games g ON g.id = s.game_id
            {BEFORE[dialect]}""",
        # Summed by kind first: naming a change costs more than adding it up, and is done once so.
        "daily_progress": f"""
            SELECT k.player_id, k.username, k.day, {", ".join(_sums(name) for name, _ in SUMMED)},
                   {any_gap("k")} AS after_gap
            FROM (SELECT c.player_id, c.username, {day} AS day, c.kind,
                         {", ".join(_ups_and_downs(*pair) for pair in SUMMED)}, {any_gap("c")} AS after_gap
                  FROM progress_changes c
                  WHERE c.kind <> 'baseline'
                  GROUP BY c.player_id, c.username, {day}, c.kind) k
            GROUP BY k.player_id, k.username, k.day""",
        "coverage_gaps": f"""
            SELECT s.player_id, pl.username, s.game_id, g.title,
                   (SELECT max(q.last_seen_at) FROM snapshots q
                    WHERE q.player_id = s.player_id AND q.game_id = s.game_id
                      AND q.first_seen_at < s.first_seen_at) AS started_at,
                   s.first_seen_at AS ended_at
            FROM snapshots s
            JOIN players pl ON pl.id = s.player_id
            JOIN games g ON g.id = s.game_id
            WHERE s.after_gap <> {no_gap}""",
        "player_totals": f"""
            SELECT pl.id AS player_id, pl.username, count(s.id) AS games,
                   {", ".join(f"coalesce(sum(s.{n}), 0) AS {n}" for n in NUMBERS)},
                   max(s.last_seen_at) AS last_seen_at
            FROM players pl LEFT JOIN snapshots s ON s.player_id = pl.id AND s.is_open
            GROUP BY pl.id, pl.username""",
    }


_OF = """FROM snapshots q WHERE q.player_id = s.player_id AND q.game_id = s.game_id
         AND q.first_seen_at < s.first_seen_at ORDER BY q.first_seen_at DESC LIMIT 1"""
BEFORE = {  # the stretch before `s` as `p`, by one step in an index; PostgreSQL would hash the whole table
    "sqlite": f"LEFT JOIN snapshots p ON p.id = (SELECT q.id {_OF})",
    "postgresql": f"LEFT JOIN LATERAL (SELECT q.* {_OF}) p ON true",
}
SUMMED = (
    ("achievements", "num_achieved_delta"),
    ("points", "score_achieved_delta"),
    ("hardcore_achievements", "num_achieved_hardcore_delta"),
    ("hardcore_points", "score_achieved_hardcore_delta"),
)


def _ups_and_downs(name: str, column: str) -> str:
    return (
        f"sum(CASE WHEN c.{column} > 0 THEN c.{column} ELSE 0 END) AS {name}_up, "
        f"sum(CASE WHEN c.{column} < 0 THEN -c.{column} ELSE 0 END) AS {name}_down"
    )


def _sums(name: str) -> str:
    """Gained and lost by the player's own doing; all else is adjusted: a fault is nobody's achievement."""
    own = "k.kind IN ('unlock', 'hardcore_upgrade', 'reset', 'demoted', 'set_revised')"
    return (
        f"CAST(sum(CASE WHEN {own} THEN k.{name}_up ELSE 0 END) AS bigint) AS {name}_gained, "
        f"CAST(sum(CASE WHEN {own} THEN k.{name}_down ELSE 0 END) AS bigint) AS {name}_lost, "
        f"CAST(sum(CASE WHEN {own} THEN 0 ELSE k.{name}_up - k.{name}_down END) AS bigint) AS {name}_adjusted"
    )
