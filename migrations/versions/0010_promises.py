"""Store a target's promise as seconds from its last poll, and when answers about the account came.

`account_polls` is filled for the past from the snapshots, whose moments are those of all accepted polls. An
absence becomes a gap of the account where it is stored as the gap of a game and no other game was polled.
SQLite cannot change a column: there `targets` is created again. PostgreSQL changes it in place.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise
from math import ceil
from operator import attrgetter
from typing import Any, TypeAlias

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
    fill_account_polls()
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

# A chain is the time of a target between two of its gaps.
CHAINS = """
    SELECT player_id, game_id, min(first_seen_at) AS started, max(last_seen_at) AS ended,
           sum(poll_count) AS polls
    FROM (SELECT player_id, game_id, first_seen_at, last_seen_at, poll_count,
                 sum(CASE WHEN after_gap THEN 1 ELSE 0 END)
                     OVER (PARTITION BY player_id, game_id ORDER BY id) AS number
          FROM snapshots) s
    GROUP BY player_id, game_id, number
    ORDER BY player_id, started, ended, game_id"""
PROMISES = """
    SELECT player_id, max(expected_at) FILTER (WHERE removed_at IS NULL) AS expected_at,
           coalesce(max(interval_seconds) FILTER (WHERE removed_at IS NULL), max(interval_seconds)) AS seconds
    FROM targets GROUP BY player_id"""
RUNS = "SELECT started_at FROM runs WHERE player_id = :player AND targets_seen > 0 ORDER BY started_at"
ADD = sa.text(
    """INSERT INTO account_polls (player_id, first_seen_at, last_seen_at, poll_count, promised_seconds,
                                  after_gap, is_open)
    VALUES (:player_id, :first_seen_at, :last_seen_at, :poll_count, :promised_seconds,
            :after_gap, :is_open)"""
)
Moment: TypeAlias = Any  # as the driver returns it: a text on SQLite, where texts compare as their moments do


@dataclass
class Island:
    """A time in which some game was polled as promised."""

    started: Moment
    ended: Moment
    polls: int
    after_gap: bool = False


def fill_account_polls() -> None:
    """Store the past of each player's account: the time between two gaps in one row."""
    tx = op.get_bind()
    promises = {row.player_id: row for row in tx.execute(sa.text(PROMISES))}
    with tx.execute(sa.text(CHAINS).execution_options(yield_per=5000)) as chains:
        pasts = {player: islands_of(found, promises[player].seconds) for player, found in by_player(chains)}
    for player, islands in pasts.items():
        starts = list(tx.scalars(sa.text(RUNS), {"player": player}))
        tx.execute(ADD, list(account_rows(islands, promises[player], starts)))


def by_player(chains: Iterable[sa.Row[Any]]) -> Iterator[tuple[int, Iterator[sa.Row[Any]]]]:
    return groupby(chains, attrgetter("player_id"))


def islands_of(chains: Iterable[sa.Row[Any]], interval: int) -> list[Island]:
    """Merge a player's chains into islands, and find the gaps of the account between them.

    Intervals are merged by a sweep along time. The time between two islands is a gap of the account where the
    stored gap of a game spans it and is as long, to within the time of one run, or where it exceeds the
    interval and `gap_after`. Otherwise it is none: a game left and another came, or gaps of single games
    overlap. Runs say less: a killed one is stamped with the moment at which it was found.
    """
    islands: list[Island] = []
    left: dict[int, tuple[int, Moment]] = {}  # by game: the island of its newest chain, and when it ended
    for chain in chains:
        if not islands or chain.started > islands[-1].ended:
            islands.append(Island(chain.started, chain.ended, chain.polls))
        island = islands[-1]
        island.ended, island.polls = max(island.ended, chain.ended), max(island.polls, chain.polls)
        number, left_at = left.get(chain.game_id, (len(islands) - 1, None))
        for before, after in pairwise(islands[number:]):
            if not after.after_gap:
                is_long = seconds_between(before.ended, after.started) > interval + GAP_AFTER
                after.after_gap = is_long or is_whole(before, after, left_at, chain.started)
        left[chain.game_id] = len(islands) - 1, chain.ended
    return islands


def is_whole(before: Island, after: Island, left_at: Moment, came_at: Moment) -> bool:
    """Return whether the gap of a game is the time between two islands, to within the time of one run."""
    parts = ((left_at, before.ended), (after.started, came_at))
    return all(abs(seconds_between(start, end)) <= ONE_RUN for start, end in parts)


def account_rows(
    islands: list[Island], promise: sa.Row[Any], starts: list[Moment]
) -> Iterator[dict[str, Any]]:
    """Yield the rows of a player. `starts`: of runs, each of which began before its first answer."""
    cuts = [0, *(number for number, island in enumerate(islands) if island.after_gap), len(islands)]
    counted = 0
    for first, end in pairwise(cuts):
        joined, last_at = islands[first:end], islands[end - 1].ended
        runs, counted = bisect_right(starts, last_at) - counted, bisect_right(starts, last_at)
        is_open = end == len(islands)
        yield {
            "player_id": promise.player_id,
            "first_seen_at": joined[0].started,
            "last_seen_at": last_at,
            "poll_count": max(runs, sum(island.polls for island in joined)),
            "promised_seconds": max(promise.seconds, promised_after(last_at, promise) if is_open else 0),
            "after_gap": first > 0,
            "is_open": is_open,
        }


def promised_after(last_at: Moment, promise: sa.Row[Any]) -> int:
    """Return until when the targets were promised a poll; with `at` this may be longer than the interval."""
    if promise.expected_at is None:
        return 0
    return min(ceil(seconds_between(last_at, promise.expected_at)), MOST)


def seconds_between(start: Moment, end: Moment) -> float:
    if isinstance(start, str):
        start, end = datetime.fromisoformat(start), datetime.fromisoformat(end)
    return float((end - start).total_seconds())


# Targets

OPEN = (
    "SELECT {} FROM snapshots s WHERE s.player_id = {t}.player_id AND s.game_id = {t}.game_id AND s.is_open"
)
NEWEST = """
    SELECT r.id FROM rejections r WHERE r.player_id = {t}.player_id AND r.game_id = {t}.game_id
    ORDER BY r.id DESC LIMIT 1"""


def bounded_seconds(start: str, end: str) -> str:
    """Return the time between two moments in whole seconds, at least one, rounded up: none gets shorter."""
    if is_sqlite():
        milliseconds = f"CAST(round((julianday({end}) - julianday({start})) * 86400000) AS integer)"
        return f"min(max(({milliseconds} + 999) / 1000, 1), {MOST})"
    return f"CAST(least(greatest(ceil(extract(epoch FROM {end} - {start})), 1), {MOST}) AS integer)"


def promised_seconds(table: str = "old_targets") -> str:
    time = bounded_seconds("s.last_seen_at", f"{table}.expected_at")
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
