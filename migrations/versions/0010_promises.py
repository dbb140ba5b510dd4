"""Store a target's promise as seconds from its last poll, and when answers about the account came.

`account_polls` is filled for the past from the snapshots, whose moments are those of all accepted polls. An
absence becomes a gap of the account where it is stored as the gap of a game and no other game was polled.
SQLite cannot change a column: there `targets` is created again. PostgreSQL changes it in place.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True).with_variant(sa.String(23), "sqlite")  # UTC; text on SQLite
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOST = 2147483647
GAP_AFTER = 1800  # the default: the configuration is not known here
ONE_RUN = 300  # seconds, less than between two runs: polls nearer than this belong to one
INTERVAL = 900  # the default, for players without a target
RANGE = f"{{0}} BETWEEN 0 AND {MOST}"
FORWARD = "first_seen_at <= last_seen_at"

# As in 0006: conditions by the name of their constraint; MOMENTS, BOOLEANS and WORDS by column.
CHECKS = {
    "targets": {"promised_seconds": RANGE.format("promised_seconds"), "failures": "failures >= 0"},
    "account_polls": {
        "forward": FORWARD,
        "poll_count": "poll_count >= 1",
        "promised_seconds": RANGE.format("promised_seconds"),
    },
    "games_played": {},
    "play_sessions": {
        "started": "started_after <= started_before",
        "forward": "started_before <= ended_at",
    },
    "playtime": {"forward": FORWARD, "seconds": RANGE.format("seconds")},
}
MOMENTS = {
    "targets": ("added_at", "removed_at", "due_at", "unlocks_synced_at"),
    "account_polls": ("first_seen_at", "last_seen_at"),
    "games_played": ("last_played_at",),
    "play_sessions": ("started_after", "started_before", "ended_at"),
    "playtime": ("first_seen_at", "last_seen_at"),
}
BOOLEANS = {"account_polls": ("after_gap", "is_open"), "play_sessions": ("is_open", "after_gap")}
WORDS = {"targets": {"source": 16}}
MOMENT_FORM = "{0} GLOB '????-??-?? ??:??:??.???'"
SQLITE_WORD = "length({0}) BETWEEN 1 AND {1} AND {0} NOT GLOB '*[^a-z_]*'"


def upgrade() -> None:
    if not is_sqlite():
        op.execute("SET LOCAL statement_timeout = 0")
    create_tables()
    op.execute(account_polls_of_the_past())
    if is_sqlite():
        op.execute("PRAGMA secure_delete = ON")  # or the pages left free would outlive a deleted player
        views = drop_views()
        rebuild_targets(targets(), promised_seconds=promised_seconds(), due_at=DUE_AT)
        latest = substituted(EXPECTED_AT, f"{expected_at()} AS expected_at", views["latest_progress"])
        create_views(views | {"latest_progress": latest, "coverage_gaps": coverage_gaps()})
    else:
        alter_targets()
        replace_latest_progress(EXPECTED_AT, f"{expected_at()} AS expected_at")
        op.execute(coverage_gaps().replace("CREATE VIEW", "CREATE OR REPLACE VIEW"))
        op.execute("ALTER TABLE targets DROP COLUMN expected_at, DROP COLUMN interval_seconds")


def downgrade() -> None:
    """Keep the moment of each promise. Sessions, playtime and gaps that only the account has are lost."""
    if is_sqlite():
        views = drop_views()
        rebuild_targets(targets(former=True), **former_values())
        latest = substituted(PRINTED["sqlite"], "t.expected_at", views["latest_progress"])
        create_views(views | {"latest_progress": latest, "coverage_gaps": former_gaps()})
    else:
        op.execute("SET LOCAL statement_timeout = 0")
        restore_targets()
        replace_latest_progress(PRINTED["postgresql"], "t.expected_at")
        op.execute("DROP VIEW coverage_gaps")
        op.execute(former_gaps())
        op.execute("ALTER TABLE targets DROP COLUMN promised_seconds")
    for table in ("playtime", "play_sessions", "games_played", "account_polls"):
        op.drop_table(table)


def is_sqlite() -> bool:
    return bool(op.get_bind().dialect.name == "sqlite")


# New tables


def create_tables() -> None:
    op.create_table("account_polls", *account_polls(), *constraints("account_polls"))
    is_open = sa.text("is_open")
    where = {"sqlite_where": is_open, "postgresql_where": is_open}
    op.create_index("account_polls_open", "account_polls", ["player_id"], unique=True, **where)
    for table, columns in (
        ("games_played", [sa.Column("last_played_at", MOMENT, nullable=False)]),
        ("play_sessions", play_sessions()),
        ("playtime", playtime()),
    ):
        op.create_table(table, *of_game(), *columns, *constraints(table))
    op.create_index("play_sessions_by_time", "play_sessions", ["player_id", "ended_at"])


def of_game() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("player_id", KEY, sa.ForeignKey("players.id"), primary_key=True),
        sa.Column("game_id", sa.Integer, sa.ForeignKey("games.id"), primary_key=True),
    ]


def account_polls() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", KEY, primary_key=True),
        sa.Column("player_id", KEY, sa.ForeignKey("players.id"), nullable=False),
        sa.Column("first_seen_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=False),
        sa.Column("poll_count", sa.Integer, nullable=False),
        sa.Column("promised_seconds", sa.Integer, nullable=False),
        sa.Column("after_gap", sa.Boolean, nullable=False),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.UniqueConstraint("player_id", "first_seen_at", name="account_polls_once"),
    ]


def play_sessions() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("started_after", MOMENT, primary_key=True),
        sa.Column("started_before", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=False),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.Column("after_gap", sa.Boolean, nullable=False),
    ]


def playtime() -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("first_seen_at", MOMENT, primary_key=True),
        sa.Column("seconds", sa.Integer, nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=False),
    ]


def constraints(table: str) -> list[sa.CheckConstraint]:
    return [sa.CheckConstraint(condition, name=name) for name, condition in conditions(table).items()]


def conditions(table: str) -> dict[str, str]:
    """Return the conditions of the table's rows on this database, by the name of the constraint."""
    found = dict(CHECKS[table])
    words = WORDS.get(table, {}).items()
    if is_sqlite():
        found |= {name: MOMENT_FORM.format(name) for name in MOMENTS[table]}
        found |= {name: f"{name} IN (0, 1)" for name in BOOLEANS.get(table, ())}
        found |= {name: SQLITE_WORD.format(name, size) for name, size in words}
    else:
        found |= {name: f"{name} ~ '^[a-z_]{{1,{size}}}$'" for name, size in words}
    return {f"{table}_{name}": condition for name, condition in found.items()}


# The past of the account


def milliseconds(start: str, end: str) -> str:
    """Return the time between two moments; exact, so that equal distances are equal on both databases."""
    if is_sqlite():
        return f"CAST(round((julianday({end}) - julianday({start})) * 86400000) AS integer)"
    return f"CAST(round(extract(epoch FROM {end} - {start}) * 1000) AS bigint)"


def seconds(start: str, end: str) -> str:
    """Return the time between two moments in whole seconds, rounded up: no promise gets shorter."""
    return f"({milliseconds(start, end)} + 999) / 1000"


def bounded(value: str, least: str) -> str:
    smaller, greater = ("min", "max") if is_sqlite() else ("least", "greatest")
    return f"CAST({smaller}({greater}({value}, {least}), {MOST}) AS integer)"


def account_polls_of_the_past() -> str:
    """Return the statement that joins the polls of each player's games between two gaps of the account.

    Intervals are merged by a sweep along time ("gaps and islands"). A chain is the time of a target between
    two of its gaps; chains that overlap make an island, a time in which some game was polled as promised. The
    time between two islands is a gap of the account where the stored gap of a game spans it and is as long,
    to within the time of one run, or where it exceeds the interval and `gap_after`. Otherwise it is none: a
    game left and another came, or the first game to be polled again was a new one.

    A run says less: a killed one is stamped with the moment at which it was found. It only counts polls.
    """
    long = f"{milliseconds('b.ended', 'k.started')} > (p.seconds + {GAP_AFTER}) * 1000"
    near = (
        f"{milliseconds('c.left_at', 'b.ended')} <= {ONE_RUN * 1000} "
        f"AND {milliseconds('k.started', 'c.started')} <= {ONE_RUN * 1000}"
    )
    yes, no = ("1", "0") if is_sqlite() else ("true", "false")
    promise = bounded("p.seconds", f"coalesce({seconds('r.last_seen_at', 'p.expected_at')}, 1)")
    return f"""
    INSERT INTO account_polls (player_id, first_seen_at, last_seen_at, poll_count, promised_seconds,
                               after_gap, is_open)
    WITH promises AS (
        SELECT player_id, max(expected_at) FILTER (WHERE removed_at IS NULL) AS expected_at,
               coalesce(max(interval_seconds) FILTER (WHERE removed_at IS NULL), max(interval_seconds))
                   AS seconds
        FROM targets GROUP BY player_id),
    numbered AS (
        SELECT player_id, game_id, first_seen_at, last_seen_at, poll_count,
               sum(CASE WHEN after_gap THEN 1 ELSE 0 END)
                   OVER (PARTITION BY player_id, game_id ORDER BY id) AS chain
        FROM snapshots),
    chains AS (
        SELECT player_id, game_id, chain, min(first_seen_at) AS started, max(last_seen_at) AS ended,
               sum(poll_count) AS polls
        FROM numbered GROUP BY player_id, game_id, chain),
    swept AS (
        SELECT chains.*, CASE WHEN started > max(ended) OVER before THEN 1 ELSE 0 END AS begins
        FROM chains
        WINDOW before AS (PARTITION BY player_id ORDER BY started, ended, game_id
                          ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)),
    placed AS (
        SELECT swept.*, sum(begins) OVER (PARTITION BY player_id ORDER BY started, ended, game_id
                                          ROWS UNBOUNDED PRECEDING) AS island
        FROM swept),
    islands AS (
        SELECT player_id, island, min(started) AS started, max(ended) AS ended, max(polls) AS polls
        FROM placed GROUP BY player_id, island),
    spans AS (
        SELECT c.player_id, c.previous, c.island, max(CASE WHEN {near} THEN 1 ELSE 0 END) AS is_as_long
        FROM (SELECT player_id, island, started, lag(island) OVER game AS previous,
                     lag(ended) OVER game AS left_at
              FROM placed WINDOW game AS (PARTITION BY player_id, game_id ORDER BY chain)) c
        JOIN islands k ON k.player_id = c.player_id AND k.island = c.island
        JOIN islands b ON b.player_id = c.player_id AND b.island = c.previous
        WHERE c.previous < c.island GROUP BY c.player_id, c.previous, c.island),
    judged AS (
        SELECT k.*, CASE WHEN EXISTS (
                   SELECT 1 FROM spans s
                   WHERE s.player_id = k.player_id AND s.previous < k.island AND s.island >= k.island
                     AND ({long} OR (s.is_as_long = 1 AND s.previous = b.island AND s.island = k.island)))
               THEN 1 ELSE 0 END AS after_gap
        FROM islands k
        JOIN promises p ON p.player_id = k.player_id
        LEFT JOIN islands b ON b.player_id = k.player_id AND b.island = k.island - 1),
    grouped AS (
        SELECT judged.*, sum(after_gap) OVER (PARTITION BY player_id ORDER BY island) AS number FROM judged),
    found AS (
        SELECT player_id, number, min(started) AS first_seen_at, max(ended) AS last_seen_at,
               sum(polls) AS polls
        FROM grouped GROUP BY player_id, number),
    polled AS (
        SELECT f.*, lag(last_seen_at) OVER player AS previous_at,
               lead(number) OVER player IS NULL AS is_open
        FROM found f WINDOW player AS (PARTITION BY player_id ORDER BY number))
    SELECT r.player_id, r.first_seen_at, r.last_seen_at,
           {bounded("r.polls", f"({RUNS})")},
           CASE WHEN r.is_open THEN {promise} ELSE p.seconds END,
           CASE WHEN r.number > 0 THEN {yes} ELSE {no} END, r.is_open
    FROM polled r
    JOIN promises p ON p.player_id = r.player_id
    ORDER BY r.player_id, r.number"""


# A run begins before its first answer.
RUNS = """
    SELECT count(*) FROM runs n
    WHERE n.player_id = r.player_id AND n.targets_seen > 0 AND n.started_at <= r.last_seen_at
      AND (r.previous_at IS NULL OR n.started_at > r.previous_at)"""


# Targets

OPEN = (
    "SELECT {} FROM snapshots s WHERE s.player_id = {t}.player_id AND s.game_id = {t}.game_id AND s.is_open"
)
NEWEST = """
    SELECT r.id FROM rejections r WHERE r.player_id = {t}.player_id AND r.game_id = {t}.game_id
    ORDER BY r.id DESC LIMIT 1"""


def promised_seconds(table: str = "old_targets") -> str:
    time = bounded(seconds("s.last_seen_at", f"{table}.expected_at"), "1")
    return f"CASE WHEN {table}.expected_at IS NOT NULL THEN ({OPEN.format(time, t=table)}) END"


def due_at(table: str) -> str:
    """Keep the moment of a target that failed, or whose newest rejection still stands."""
    return f"""CASE WHEN {table}.failures > 0 OR EXISTS (
        SELECT 1 FROM rejections n WHERE n.id = ({NEWEST.format(t=table)})
          AND n.confirmed_at IS NULL AND n.ended_at IS NULL) THEN {table}.due_at END"""


DUE_AT = due_at("old_targets")


def targets(*, former: bool = False) -> list[sa.schema.SchemaItem]:
    columns: tuple[sa.schema.SchemaItem, ...] = (
        sa.Column("due_at", MOMENT),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("unlocks_synced_at", MOMENT),
        sa.Column("promised_seconds", sa.Integer),
        *constraints("targets"),
    )
    if former:
        columns = (
            sa.Column("due_at", MOMENT, nullable=False),
            sa.Column("expected_at", MOMENT),
            sa.Column("failures", sa.Integer, nullable=False),
            sa.Column("interval_seconds", sa.Integer, nullable=False),
            sa.Column("unlocks_synced_at", MOMENT),
        )
    return [
        *of_game(),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("removed_at", MOMENT),
        *columns,
    ]


def rebuild_targets(items: list[sa.schema.SchemaItem], **expressions: str) -> None:
    """Create `targets` again and copy its rows. Foreign keys are off meanwhile (the program sees to that)."""
    query = "SELECT sql FROM sqlite_master WHERE tbl_name = 'targets' AND type <> 'table' ORDER BY rowid"
    indexes = [text for text in op.get_bind().exec_driver_sql(query).scalars() if text]
    op.execute("ALTER TABLE targets RENAME TO old_targets")
    op.create_table("targets", *items)
    names = [item.name for item in items if isinstance(item, sa.Column)]
    values = ", ".join(expressions.get(name, name) for name in names)
    op.execute(f"INSERT INTO targets ({', '.join(names)}) SELECT {values} FROM old_targets ORDER BY rowid")
    op.execute("DROP TABLE old_targets")
    for text in indexes:
        op.get_bind().exec_driver_sql(text)


def alter_targets() -> None:
    op.execute("ALTER TABLE targets ADD COLUMN promised_seconds integer, ALTER COLUMN due_at DROP NOT NULL")
    op.execute(
        f"UPDATE targets SET promised_seconds = {promised_seconds('targets')}, due_at = {due_at('targets')}"
    )
    added = [f"ADD CONSTRAINT {name} CHECK ({text})" for name, text in conditions("targets").items()]
    op.execute(f"ALTER TABLE targets {', '.join(added)}")


def former_values(table: str = "old_targets") -> dict[str, str]:
    """Return what the columns of before held. A target without a promise is due at once."""
    expected = f"({OPEN.format(expected_at(table), t=table)})"
    account = (
        f"SELECT a.promised_seconds FROM account_polls a WHERE a.player_id = {table}.player_id AND a.is_open"
    )
    return {
        "expected_at": expected,
        "due_at": f"coalesce({table}.due_at, {expected}, {table}.added_at)",
        "interval_seconds": f"coalesce(({account}), {table}.promised_seconds, {INTERVAL})",
    }


def restore_targets() -> None:
    op.execute("ALTER TABLE targets ADD COLUMN expected_at timestamptz, ADD COLUMN interval_seconds integer")
    values = ", ".join(f"{name} = {value}" for name, value in former_values("targets").items())
    op.execute(f"UPDATE targets SET {values}")
    dropped = [f"DROP CONSTRAINT {name}" for name in conditions("targets")]
    needed = [f"ALTER COLUMN {name} SET NOT NULL" for name in ("due_at", "interval_seconds")]
    op.execute(f"ALTER TABLE targets {', '.join([*dropped, *needed])}")


# Views


def expected_at(table: str = "t") -> str:
    if is_sqlite():
        step = f"'+' || {table}.promised_seconds || ' seconds'"
        return f"strftime('%Y-%m-%d %H:%M:%f', s.last_seen_at, {step})"
    return f"s.last_seen_at + {table}.promised_seconds * interval '1 second'"


EXPECTED_AT = r"t\.expected_at"
# How the databases write the new expression when they are asked for the text of the view.
PRINTED = {
    "sqlite": r"strftime\([^()]*\) AS expected_at",
    "postgresql": r"s\.last_seen_at \+ [^,]* AS expected_at",
}


def coverage_gaps() -> str:
    """Return the view of the gaps of targets, and of accounts. New columns come last: users have views."""
    text = "'{}'" if is_sqlite() else "'{}'::text"
    null = "NULL" if is_sqlite() else "NULL::{}"
    is_gap = "a.after_gap <> 0" if is_sqlite() else "a.after_gap"
    return f"""{TARGET_GAPS.format(scope=", " + text.format("target") + " AS scope", no_gap=no_gap())}
    UNION ALL
    SELECT a.player_id, pl.username, {null.format("integer")} AS game_id, {null.format("text")} AS title,
           (SELECT b.last_seen_at FROM account_polls b
            WHERE b.player_id = a.player_id AND b.id < a.id ORDER BY b.id DESC LIMIT 1) AS started_at,
           a.first_seen_at AS ended_at, {text.format("account")} AS scope
    FROM account_polls a
    JOIN players pl ON pl.id = a.player_id
    WHERE {is_gap}"""


def former_gaps() -> str:
    return TARGET_GAPS.format(scope="", no_gap=no_gap())


def no_gap() -> str:
    return "0" if is_sqlite() else "false"


TARGET_GAPS = """
    CREATE VIEW coverage_gaps AS
    SELECT s.player_id, pl.username, s.game_id, g.title,
           (SELECT q.last_seen_at FROM snapshots q
            WHERE q.player_id = s.player_id AND q.game_id = s.game_id AND q.first_seen_at < s.first_seen_at
            ORDER BY q.first_seen_at DESC LIMIT 1) AS started_at,
           s.first_seen_at AS ended_at{scope}
    FROM snapshots s
    JOIN players pl ON pl.id = s.player_id
    JOIN games g ON g.id = s.game_id
    WHERE s.after_gap <> {no_gap}"""


def drop_views() -> dict[str, str]:
    """Drop all views, also those of the user: no table can be renamed below one. Return texts by name."""
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'view' ORDER BY rowid"
    views = {row.name: row.sql for row in op.get_bind().exec_driver_sql(query)}
    for name in views:
        op.get_bind().exec_driver_sql('DROP VIEW "{}"'.format(name.replace('"', '""')))
    return views


def create_views(views: dict[str, str]) -> None:
    for text in views.values():
        op.get_bind().exec_driver_sql(text)


def replace_latest_progress(pattern: str, replacement: str) -> None:
    """Replace the view in place, on PostgreSQL."""
    text = str(op.get_bind().scalar(sa.text("SELECT pg_get_viewdef('latest_progress'::regclass, true)")))
    made = substituted(pattern, replacement, text)
    op.get_bind().exec_driver_sql(f"CREATE OR REPLACE VIEW latest_progress AS {made}")


def substituted(pattern: str, replacement: str, text: str) -> str:
    """Return the text with its only match replaced. Raises RuntimeError where it has none, or several."""
    found, count = re.subn(pattern, replacement, text)
    if count != 1:
        raise RuntimeError(f"a view has another text than expected: {text}")
    return found
