"""The schema, readable as documentation. All times are UTC, cut to milliseconds.

Two things are for PostgreSQL alone and stand in the migrations only, because naming them here would load its
dialect (3 MiB): the conditions of partial indexes, and a fill factor of 90 that keeps updates in their page.
"""

import sqlalchemy as sa

from syncer.core.model.progress import PROGRESS_COLUMNS

from .account_tables import unlocks as unlocks  # which also adds the tables of that module to `history`
from .constraints import at_least, booleans, check, moments, numbers, one_of, word
from .metadata import KEY
from .metadata import history as history
from .moment import Moment
from .text import String, Text

players = sa.Table(
    "players",
    history,
    sa.Column("id", KEY, primary_key=True),
    sa.Column("ulid", String(26), nullable=False, unique=True),  # the identity, for ever
    sa.Column("username", String(64), nullable=False),  # the current one
    sa.Column("config_name", String(64)),  # the configured name that is bound to this player; null: by ULID
    sa.Column("added_at", Moment, nullable=False),
    sa.Column("profile_checked_at", Moment),
    sa.Column("gone_at", Moment),  # null: the site knows the player
    sa.Column("library_synced_at", Moment),  # when the list of played games was last read whole; null: never
    sa.Column("unlocks_synced_until", Moment),  # unlocks are known up to here; null: never requested
    sa.Column("unlocks_resync_at", Moment),  # when a reading of all unlocks last began
)

player_names = sa.Table(
    "player_names",
    history,
    sa.Column("player_id", KEY, sa.ForeignKey("players.id"), primary_key=True),
    sa.Column("first_seen_at", Moment, primary_key=True),
    sa.Column("username", String(64), nullable=False),
    sa.Column("last_seen_at", Moment, nullable=False),
)

games = sa.Table(
    "games",
    history,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),  # RetroAchievements' id
    sa.Column("title", Text),  # null: unknown yet
    sa.Column("console_id", sa.Integer),
    sa.Column("console_name", Text),
    sa.Column("icon_path", Text),
    sa.Column("updated_at", Moment),
    # Whether it is an event or a hub, which no sum counts. False also while its console is unknown.
    sa.Column("is_event", sa.Boolean, nullable=False, server_default=sa.false()),
)
IS_EVENT = sa.text("is_event")  # the words of the index, so that it is used
sa.Index("games_events", games.c.id, sqlite_where=IS_EVENT)
EVENTS = sa.select(games.c.id).where(IS_EVENT)


def counts(game_id: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Return the condition of games that sums count: all but events and hubs."""
    return game_id.not_in(EVENTS)


NAMELESS = sa.and_(games.c.title.is_(None), games.c.updated_at.is_(None))  # and never requested

targets = sa.Table(
    "targets",
    history,
    sa.Column("player_id", KEY, sa.ForeignKey("players.id"), primary_key=True),
    sa.Column("game_id", sa.Integer, sa.ForeignKey("games.id"), primary_key=True),
    sa.Column("source", String(16), nullable=False),  # config, played
    sa.Column("added_at", Moment, nullable=False),
    sa.Column("removed_at", Moment),  # null: still followed
    sa.Column("due_at", Moment),  # when it is polled again after a failure, or while it is suspect; else null
    sa.Column("promised_seconds", sa.Integer),  # from its last accepted poll to the next; null: none yet
    sa.Column("failures", sa.Integer, nullable=False),  # failures in a row
    sa.Column("unlocks_synced_at", Moment),  # when this game's unlocks were last requested; null: never
    *at_least("targets", 0, "failures"),
    *numbers("targets", ("promised_seconds",)),
    *moments("targets", "added_at", "removed_at", "due_at", "unlocks_synced_at"),
    *word("targets", "source", 16),
)

game_titles = sa.Table(  # former and present titles
    "game_titles",
    history,
    sa.Column("game_id", sa.Integer, sa.ForeignKey("games.id"), primary_key=True),
    sa.Column("first_seen_at", Moment, primary_key=True),
    sa.Column("title", Text, nullable=False),
    sa.Column("last_seen_at", Moment, nullable=False),
)

consoles = sa.Table(
    "consoles",
    history,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),  # RetroAchievements' id
    sa.Column("name", Text, nullable=False),
    sa.Column("games_listed_at", Moment),  # when its list of games was last read; null: never
    # False: events or hubs
    sa.Column("is_game_system", sa.Boolean, nullable=False, server_default=sa.true()),
)

# The last one makes recording a batch twice the same as once.
COUNTS = ("targets_asked", "targets_seen", "snapshots_added", "requests", "recorded_batches")

runs = sa.Table(
    "runs",
    history,
    sa.Column("id", KEY, primary_key=True),
    sa.Column("player_id", KEY, sa.ForeignKey("players.id")),  # null: the name was never resolved
    sa.Column("started_at", Moment, nullable=False),
    sa.Column("finished_at", Moment),  # null: running
    sa.Column("trigger", String(16), nullable=False),  # sync, schedule
    sa.Column("outcome", String(16), nullable=False),
    *(sa.Column(name, sa.Integer, nullable=False, default=0) for name in COUNTS),
    sa.Column("error", Text),
    sa.Index("runs_by_player", "player_id", "id"),
    one_of("runs", "outcome", "ok", "partial", "failed", "deferred", "interrupted", "running"),
    *at_least("runs", 0, *COUNTS),
    *moments("runs", "started_at", "finished_at"),
    *word("runs", "trigger", 16),
)
IS_RUNNING = sa.text("outcome = 'running'")  # the words of the index, so that it is used
sa.Index("runs_running", runs.c.player_id, sqlite_where=IS_RUNNING)

# How much of a rise came back after a fall, in all and in hardcore.
RESTORED = (
    "restored_achievements",
    "restored_points",
    "restored_achievements_hardcore",
    "restored_points_hardcore",
)

DELTAS = tuple(f"{name}_delta" for name in PROGRESS_COLUMNS)

snapshots = sa.Table(
    "snapshots",
    history,
    sa.Column("id", KEY, primary_key=True),  # order by it, never by a clock
    sa.Column("player_id", KEY, sa.ForeignKey("players.id"), nullable=False),
    sa.Column("game_id", sa.Integer, sa.ForeignKey("games.id"), nullable=False),
    sa.Column("first_seen_at", Moment, nullable=False),
    sa.Column("last_seen_at", Moment, nullable=False),  # every poll in between returned these numbers
    sa.Column("poll_count", sa.Integer, nullable=False),
    *(sa.Column(name, sa.Integer, nullable=False) for name in PROGRESS_COLUMNS),
    sa.Column("verdict", String(16), nullable=False),  # new, changed, resumed
    sa.Column("after_gap", sa.Boolean, nullable=False),  # the target was not polled as promised just before
    sa.Column("is_open", sa.Boolean, nullable=False),  # the newest snapshot of its target
    sa.Column("run_id", KEY, sa.ForeignKey("runs.id")),
    sa.Column("closed_at", Moment),  # when the next snapshot begins; null: open
    *(sa.Column(name, sa.Integer) for name in RESTORED),  # null: not decided
    # How the numbers differ from those before: sums need no search for the former row. Null: the first row.
    *(sa.Column(name, sa.Integer) for name in DELTAS),
    sa.UniqueConstraint("player_id", "game_id", "first_seen_at", name="snapshots_once"),
    # No more than this: achieved may exceed possible while the site recalculates, and a fast clock stamps
    # rows ahead. Rules about several rows, such as overlaps, are in admin/integrity.py.
    check("snapshots", "forward", "first_seen_at <= last_seen_at"),
    check("snapshots", "closed", "(closed_at IS NULL) = is_open"),
    one_of("snapshots", "verdict", "new", "changed", "resumed"),
    *at_least("snapshots", 1, "poll_count"),
    *at_least("snapshots", 0, *RESTORED),
    *numbers("snapshots", PROGRESS_COLUMNS),
    *moments("snapshots", "first_seen_at", "last_seen_at", "closed_at"),
    *booleans("snapshots", "after_gap", "is_open"),
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
    "snapshots_after_gap",  # few among many
    snapshots.c.player_id,
    snapshots.c.first_seen_at,
    sqlite_where=sa.text("after_gap <> 0"),
)
IS_UNDECIDED = sa.text("restored_achievements IS NULL")  # the words of the index
sa.Index(
    "snapshots_undecided",
    snapshots.c.player_id,
    snapshots.c.game_id,
    sqlite_where=IS_UNDECIDED,
)

# The condition of the index, word for word: SQLite uses a partial index for no other (not for "is_open = 1").
IS_OPEN: sa.ColumnElement[bool] = sa.literal_column("snapshots.is_open")
# Joins a target and its newest snapshot. The index of open snapshots leaves the history unread.
IS_NEWEST = sa.and_(
    snapshots.c.player_id == targets.c.player_id, snapshots.c.game_id == targets.c.game_id, IS_OPEN
)


def was_followed(player_id: sa.ColumnElement[int], game_id: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Return whether a player follows or followed a game, which then has a page of its own."""
    return sa.exists().where(targets.c.player_id == player_id, targets.c.game_id == game_id)


rejections = sa.Table(
    "rejections",
    history,
    sa.Column("id", KEY, primary_key=True),
    sa.Column("run_id", KEY, sa.ForeignKey("runs.id")),  # the run of its first poll
    sa.Column("player_id", KEY, sa.ForeignKey("players.id")),
    sa.Column("game_id", sa.Integer, sa.ForeignKey("games.id")),  # null: a whole answer
    sa.Column("first_seen_at", Moment, nullable=False),
    sa.Column("last_seen_at", Moment, nullable=False),
    sa.Column("poll_count", sa.Integer, nullable=False),
    sa.Column("reason", String(24), nullable=False),
    sa.Column("raw", Text, nullable=False),  # what was received; for numbers: the six, in the usual order
    sa.Column("confirmed_at", Moment),  # null: never accepted
    sa.Column("ended_at", Moment),  # the accepted poll that ended the streak; null: it stands
    sa.Column("endpoint", String(64)),  # no version fills these two yet
    sa.Column("subject", Text),
    sa.Index("rejections_by_target", "player_id", "game_id", "id"),
    check("rejections", "forward", "first_seen_at <= last_seen_at"),
    *at_least("rejections", 1, "poll_count"),
    *moments("rejections", "first_seen_at", "last_seen_at", "confirmed_at", "ended_at"),
    *word("rejections", "reason", 24),
)

messages = sa.Table(  # the outbox: one row per message and service
    "messages",
    history,
    sa.Column("id", KEY, primary_key=True),
    sa.Column("service", String(40), nullable=False),  # its kind and a few digits; never the address
    sa.Column("kind", String(16), nullable=False),
    sa.Column("player_id", KEY, sa.ForeignKey("players.id")),  # null: no player, or not resolved
    sa.Column("game_id", sa.Integer, sa.ForeignKey("games.id")),  # null: none, or several
    sa.Column("text", Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),  # in the transaction of what it reports
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_attempt_at", Moment),  # null: delivered, or given up
    sa.Column("delivered_at", Moment),
    sa.Column("given_up_at", Moment),
    sa.Column("error", Text),  # why the last attempt failed
)
IS_WAITING = sa.text("next_attempt_at IS NOT NULL")  # the words of the index
sa.Index(
    "messages_waiting",
    messages.c.service,
    messages.c.next_attempt_at,
    sqlite_where=IS_WAITING,
)
