"""The schema, readable as documentation. All times are UTC, cut to milliseconds.

What only PostgreSQL is told stands in the migrations alone: that partial indexes are partial there, too, and
a fillfactor of 90, so that narrow updates stay in their page. Named here it would load that dialect, 3 MiB.
"""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from syncer.core.clock import truncate_to_ms
from syncer.core.model.progress import PROGRESS_COLUMNS


@lru_cache(maxsize=4096)  # a batch was looked at in one moment: its rows say the same again and again
def _from_text(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text + "+00:00")


@lru_cache(maxsize=4096)
def _to_text(moment: datetime) -> str:
    return truncate_to_ms(moment).isoformat(" ", "milliseconds")[
        :23
    ]  # strftime writes the year 300 as 300, after 2026


def _from_driver(moment: datetime | None) -> datetime | None:
    return moment if moment is None or moment.tzinfo is UTC else moment.astimezone(UTC)


class Moment(sa.types.TypeDecorator[datetime]):
    """An aware UTC datetime. On SQLite text as its own date functions write it: comparing is right."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        return dialect.type_descriptor(
            sa.String(23) if dialect.name == "sqlite" else sa.DateTime(timezone=True)
        )

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        return _to_text(value) if dialect.name == "sqlite" else truncate_to_ms(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """One plain function, without TypeDecorator's layers: rows are read by the thousand."""
        return _from_text if dialect.name == "sqlite" else _from_driver


KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
history = sa.MetaData()
budget = sa.MetaData()  # on SQLite a file of its own: asking never writes the history

players = sa.Table(
    "players",
    history,
    sa.Column("id", KEY, primary_key=True),
    sa.Column("ulid", sa.String(26), nullable=False, unique=True),  # the identity, for ever
    sa.Column("username", sa.String(64), nullable=False),  # the current one
    sa.Column("config_name", sa.String(64)),  # the name in the configuration that was bound; null: by ulid
    sa.Column("added_at", Moment, nullable=False),
    sa.Column("profile_checked_at", Moment),
    sa.Column("gone_at", Moment),  # null: the site knows the player
    sa.Column(
        "library_synced_at", Moment
    ),  # when the listing of played games was last read whole; null: never
    sa.Column("unlocks_synced_until", Moment),  # unlocks are known up to here; null: none were asked for
    sa.Column("total_points", sa.Integer),  # in hardcore, as the profile told at `profile_checked_at`
    sa.Column("total_softcore_points", sa.Integer),  # in casual mode only; null: not told
    sa.Column("unlocks_resync_at", Moment),  # when unlocks were found to be lacking; all are read again
)

player_names = sa.Table(
    "player_names",
    history,
    sa.Column("player_id", KEY, sa.ForeignKey("players.id"), primary_key=True),
    sa.Column("first_seen_at", Moment, primary_key=True),
    sa.Column("username", sa.String(64), nullable=False),
    sa.Column("last_seen_at", Moment, nullable=False),
)

games = sa.Table(
    "games",
    history,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),  # RetroAchievements' id
    sa.Column("title", sa.Text),  # null: not asked for yet
    sa.Column("console_id", sa.Integer),
    sa.Column("console_name", sa.Text),
    sa.Column("icon_path", sa.Text),
    sa.Column("updated_at", Moment),
)

NAMELESS = sa.and_(games.c.title.is_(None), games.c.updated_at.is_(None))  # and nobody was asked

targets = sa.Table(
    "targets",
    history,
    sa.Column("player_id", KEY, sa.ForeignKey("players.id"), primary_key=True),
    sa.Column("game_id", sa.Integer, sa.ForeignKey("games.id"), primary_key=True),
    sa.Column("source", sa.String(16), nullable=False),  # config, played
    sa.Column("added_at", Moment, nullable=False),
    sa.Column("removed_at", Moment),  # null: still followed
    sa.Column("due_at", Moment, nullable=False),  # moved by every look; in no index: updates stay narrow
    sa.Column("expected_at", Moment),  # promised by the last believed look; null: never seen
    sa.Column("failures", sa.Integer, nullable=False),  # failures in a row
    sa.Column("interval_seconds", sa.Integer, nullable=False),
    sa.Column("award_kind", sa.String(24)),  # mastered, completed, beaten-…; null: none
    sa.Column("award_at", Moment),
    sa.Column("unlocks_synced_at", Moment),  # when this game's own unlocks were asked for; null: never
)

game_titles = sa.Table(  # what a game was called, and when
    "game_titles",
    history,
    sa.Column("game_id", sa.Integer, sa.ForeignKey("games.id"), primary_key=True),
    sa.Column("first_seen_at", Moment, primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("last_seen_at", Moment, nullable=False),
)

consoles = sa.Table(
    "consoles",
    history,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),  # RetroAchievements' id
    sa.Column("name", sa.Text, nullable=False),
    sa.Column(
        "games_listed_at", Moment
    ),  # when its list of games was last read, for their titles; null: never
)

unlocks = sa.Table(  # both the casual and the hardcore one are kept: the site forgets the first
    "unlocks",
    history,
    sa.Column("player_id", KEY, sa.ForeignKey("players.id"), primary_key=True),
    sa.Column("achievement_id", KEY, primary_key=True, autoincrement=False),
    sa.Column("hardcore", sa.Boolean, primary_key=True),
    sa.Column("game_id", sa.Integer, sa.ForeignKey("games.id"), nullable=False),
    sa.Column("unlocked_at", Moment, nullable=False),  # as the site tells it
    sa.Column("points", sa.Integer, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("first_seen_at", Moment, nullable=False),  # when we learned of it
    sa.Column("gone_at", Moment),  # when the site told it no more; null: it still does
    sa.Column("source", sa.String(16), nullable=False),  # backfill, seen, repaired
    sa.Index("unlocks_by_time", "player_id", "unlocked_at", "gone_at"),  # days and hours need no row
    sa.Index("unlocks_by_game", "player_id", "game_id", "unlocked_at"),
    sa.Index("unlocks_gone", "player_id", "gone_at", sqlite_where=sa.text("gone_at IS NOT NULL")),
)

runs = sa.Table(
    "runs",
    history,
    sa.Column("id", KEY, primary_key=True),
    sa.Column("player_id", KEY, sa.ForeignKey("players.id")),  # null: the name was never resolved
    sa.Column("started_at", Moment, nullable=False),
    sa.Column("finished_at", Moment),  # null: running
    sa.Column("trigger", sa.String(16), nullable=False),  # sync, schedule
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("targets_asked", sa.Integer, nullable=False, default=0),
    sa.Column("targets_seen", sa.Integer, nullable=False, default=0),
    sa.Column("snapshots_added", sa.Integer, nullable=False, default=0),
    sa.Column("requests", sa.Integer, nullable=False, default=0),
    sa.Column(
        "recorded_batches", sa.Integer, nullable=False, default=0
    ),  # makes recording twice recording once
    sa.Column("error", sa.Text),
    sa.Index("runs_by_player", "player_id", "id"),
)
IS_RUNNING = sa.text("outcome = 'running'")  # the words of the index, so that it is used
sa.Index("runs_running", runs.c.player_id, sqlite_where=IS_RUNNING, postgresql_where=IS_RUNNING)

snapshots = sa.Table(
    "snapshots",
    history,
    sa.Column("id", KEY, primary_key=True),  # order by it, never by a clock
    sa.Column("player_id", KEY, sa.ForeignKey("players.id"), nullable=False),
    sa.Column("game_id", sa.Integer, sa.ForeignKey("games.id"), nullable=False),
    sa.Column("first_seen_at", Moment, nullable=False),
    sa.Column("last_seen_at", Moment, nullable=False),  # every look between the two saw these numbers
    sa.Column("poll_count", sa.Integer, nullable=False),
    *(sa.Column(name, sa.Integer, nullable=False) for name in PROGRESS_COLUMNS),
    sa.Column("verdict", sa.String(16), nullable=False),  # new, changed, resumed
    sa.Column("after_gap", sa.Boolean, nullable=False),  # nobody was looking just before
    sa.Column("is_open", sa.Boolean, nullable=False),  # the newest stretch of its target
    sa.Column("run_id", KEY, sa.ForeignKey("runs.id")),
    sa.Column("closed_at", Moment),  # when the next row of the target begins; null: this one is open
    sa.Column("restored_achievements", sa.Integer),  # null: not decided
    sa.Column("restored_points", sa.Integer),
    sa.Column("restored_achievements_hardcore", sa.Integer),
    sa.Column("restored_points_hardcore", sa.Integer),
    sa.UniqueConstraint("player_id", "game_id", "first_seen_at", name="snapshots_once"),
    sa.CheckConstraint("first_seen_at <= last_seen_at", name="snapshots_forward"),
    *(sa.CheckConstraint(f"{name} >= 0", name=f"snapshots_{name}") for name in PROGRESS_COLUMNS),
)
sa.Index(
    "snapshots_open",
    snapshots.c.player_id,
    snapshots.c.game_id,
    unique=True,
    sqlite_where=sa.text("is_open"),
)
sa.Index("snapshots_by_time", snapshots.c.player_id, snapshots.c.first_seen_at)
sa.Index(
    "snapshots_after_gap",  # they are few among many
    snapshots.c.player_id,
    snapshots.c.first_seen_at,
    sqlite_where=sa.text("after_gap <> 0"),
)

# The index's own condition, word for word: SQLite uses a partial index for no other (not for "is_open = 1").
IS_OPEN: sa.ColumnElement[bool] = sa.literal_column("snapshots.is_open")

rejections = sa.Table(
    "rejections",
    history,
    sa.Column("id", KEY, primary_key=True),
    sa.Column("run_id", KEY, sa.ForeignKey("runs.id")),  # the run of its first look
    sa.Column("player_id", KEY, sa.ForeignKey("players.id")),
    sa.Column("game_id", sa.Integer, sa.ForeignKey("games.id")),  # null: a whole answer
    sa.Column("first_seen_at", Moment, nullable=False),
    sa.Column("last_seen_at", Moment, nullable=False),
    sa.Column("poll_count", sa.Integer, nullable=False),
    sa.Column("reason", sa.String(24), nullable=False),
    sa.Column("raw", sa.Text, nullable=False),  # what was sent; for numbers: the six, in the usual order
    sa.Column("confirmed_at", Moment),  # null: never believed
    sa.Column("ended_at", Moment),  # the accepted poll that ended the streak; null: it stands
    sa.Column("endpoint", sa.String(64)),
    sa.Column("subject", sa.Text),
    sa.Index("rejections_by_target", "player_id", "game_id", "id"),
)

messages = sa.Table(  # told to people: one row per message and service
    "messages",
    history,
    sa.Column("id", KEY, primary_key=True),
    sa.Column("service", sa.String(40), nullable=False),  # its kind and a few digits; never the address
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("player_id", KEY, sa.ForeignKey("players.id")),  # null: of nobody, or the name is not resolved
    sa.Column("game_id", sa.Integer, sa.ForeignKey("games.id")),  # null: of none, or of several
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),  # in the transaction of what it tells
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_attempt_at", Moment),  # null: delivered, or given up
    sa.Column("delivered_at", Moment),
    sa.Column("given_up_at", Moment),
    sa.Column("error", sa.Text),  # why the last attempt failed
)
IS_WAITING = sa.text("next_attempt_at IS NOT NULL")  # the words of the index
sa.Index(
    "messages_waiting",
    messages.c.service,
    messages.c.next_attempt_at,
    sqlite_where=IS_WAITING,
    postgresql_where=IS_WAITING,
)

budgets = sa.Table(
    "budgets",
    budget,
    sa.Column("key_fingerprint", sa.String(32), primary_key=True),  # never the key
    sa.Column("next_free_at", Moment),
    sa.Column("booked_at", Moment),
    sa.Column("not_before", Moment),
    sa.Column("wait_reason", sa.String(16)),  # retry_after, rate_limit, outage
    sa.Column("outage_failures", sa.Integer, nullable=False),
    sa.Column("refused_at", Moment),
    sa.Column("max_batch", sa.Integer),
    sa.Column("max_batch_until", Moment),
)
