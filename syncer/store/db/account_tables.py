"""Tables about the account as a whole: unlocks, awards, totals, and how far each list was read.

All times are UTC, cut to milliseconds.
"""

import sqlalchemy as sa

from .constraints import at_least, booleans, check, moments, numbers, word
from .metadata import KEY, history
from .moment import Moment
from .text import String, Text

IS_CURRENT = sa.text("gone_at IS NULL")  # the words of the index, so that it is used

unlocks = sa.Table(  # softcore and hardcore are kept side by side: the site forgets the first
    "unlocks",
    history,
    sa.Column("player_id", KEY, sa.ForeignKey("players.id"), primary_key=True),
    sa.Column("achievement_id", KEY, primary_key=True, autoincrement=False),
    sa.Column("hardcore", sa.Boolean, primary_key=True),
    sa.Column("game_id", sa.Integer, sa.ForeignKey("games.id"), nullable=False),
    sa.Column("unlocked_at", Moment, primary_key=True),  # by the site's clock
    sa.Column("points", sa.Integer, nullable=False),
    sa.Column("title", Text, nullable=False),
    sa.Column("first_seen_at", Moment, nullable=False),  # when we first read it
    sa.Column("gone_at", Moment),  # when the site no longer returned it; null: it does
    sa.Column("source", String(16), nullable=False),  # backfill, seen, repaired
    sa.Column("visible_after", Moment),  # when an answer covered it and did not show it; null: none did
    sa.Index("unlocks_by_time", "player_id", "unlocked_at", "gone_at"),  # holds all that calendars ask for
    sa.Index("unlocks_by_game", "player_id", "game_id", "unlocked_at"),
    sa.Index("unlocks_gone", "player_id", "gone_at", sqlite_where=sa.text("gone_at IS NOT NULL")),
    sa.Index(
        "unlocks_current",
        *("player_id", "achievement_id", "hardcore"),
        unique=True,
        sqlite_where=IS_CURRENT,
    ),
    *numbers("unlocks", ("points",)),
    *booleans("unlocks", "hardcore"),
    *moments("unlocks", "unlocked_at", "first_seen_at", "gone_at", "visible_after"),
    *word("unlocks", "source", 16),
)

awards = sa.Table(
    "awards",
    history,
    sa.Column("player_id", KEY, sa.ForeignKey("players.id"), primary_key=True),
    sa.Column("game_id", sa.Integer, sa.ForeignKey("games.id"), primary_key=True),
    sa.Column("kind", String(64), primary_key=True),  # as the site names it
    sa.Column("awarded_at", Moment, primary_key=True),  # by the site; = first_seen_at: it sent no date
    sa.Column("first_seen_at", Moment, nullable=False),
    sa.Column("missing_since", Moment),  # the first complete listing that told less; null: none since
    sa.Column("gone_at", Moment),  # null: the site returns it, or a higher one
    *moments("awards", "awarded_at", "first_seen_at", "missing_since", "gone_at"),
)

account_snapshots = sa.Table(  # one series for each measure of the account
    "account_snapshots",
    history,
    sa.Column("id", KEY, primary_key=True),  # order by it, never by a clock
    sa.Column("player_id", KEY, sa.ForeignKey("players.id"), nullable=False),
    sa.Column("measure", String(24), nullable=False),  # hardcore_points, softcore_points, retro_points, rank
    sa.Column("first_seen_at", Moment, nullable=False),
    sa.Column("last_seen_at", Moment, nullable=False),  # every answer in between returned this value
    sa.Column("poll_count", sa.Integer, nullable=False),
    sa.Column("value", sa.Integer),  # null: the site returned none
    sa.Column("promised_seconds", sa.Integer, nullable=False),  # from last_seen_at to the next answer
    sa.Column("after_gap", sa.Boolean, nullable=False),
    sa.Column("is_open", sa.Boolean, nullable=False),
    sa.Column("closed_at", Moment),  # when the next row of this measure begins; null: open
    sa.Column("run_id", KEY, sa.ForeignKey("runs.id")),
    sa.UniqueConstraint("player_id", "measure", "first_seen_at", name="account_snapshots_once"),
    check("account_snapshots", "forward", "first_seen_at <= last_seen_at"),
    check("account_snapshots", "closed", "(closed_at IS NULL) = is_open"),
    *at_least("account_snapshots", 1, "poll_count"),
    *numbers("account_snapshots", ("value", "promised_seconds")),
    *moments("account_snapshots", "first_seen_at", "last_seen_at", "closed_at"),
    *booleans("account_snapshots", "after_gap", "is_open"),
    *word("account_snapshots", "measure", 24),
)
sa.Index(
    "account_snapshots_open",
    account_snapshots.c.player_id,
    account_snapshots.c.measure,
    unique=True,
    sqlite_where=sa.text("is_open"),
)
# The condition of the index, word for word: SQLite uses a partial index for no other.
IS_OPEN_MEASURE: sa.ColumnElement[bool] = sa.literal_column("account_snapshots.is_open")

SUMS = ("site_hardcore", "site_softcore", "ours_hardcore", "ours_softcore")

consistency_checks = sa.Table(  # sums of ours against the account's; one row for each unbroken result
    "consistency_checks",
    history,
    sa.Column("id", KEY, primary_key=True),
    sa.Column("player_id", KEY, sa.ForeignKey("players.id"), nullable=False),
    sa.Column("subject", String(16), nullable=False),  # unlocks, snapshots
    sa.Column("first_checked_at", Moment, nullable=False),
    sa.Column("last_checked_at", Moment, nullable=False),
    sa.Column("check_count", sa.Integer, nullable=False),
    sa.Column("matches", sa.Boolean, nullable=False),
    *(sa.Column(name, sa.Integer, nullable=False) for name in SUMS),
    sa.Column("residual_hardcore", sa.Integer),  # what a whole reading left; null: not searched yet
    sa.Column("residual_softcore", sa.Integer),
    sa.Index("consistency_checks_by_subject", "player_id", "subject", "id"),
    check("consistency_checks", "forward", "first_checked_at <= last_checked_at"),
    *at_least("consistency_checks", 1, "check_count"),
    *numbers("consistency_checks", SUMS),
    *moments("consistency_checks", "first_checked_at", "last_checked_at"),
    *booleans("consistency_checks", "matches"),
    *word("consistency_checks", "subject", 16),
)

player_jobs = sa.Table(  # what was read last, and where a reading goes on; survives a restart
    "player_jobs",
    history,
    sa.Column("player_id", KEY, sa.ForeignKey("players.id"), primary_key=True),
    sa.Column("kind", String(24), primary_key=True),
    sa.Column("last_at", Moment),  # null: never
    sa.Column("next_at", Moment),  # null: by the policy
    sa.Column("cursor", Text),
    sa.Column("pending", sa.Integer, nullable=False, default=0),
    *at_least("player_jobs", 0, "pending"),
    *moments("player_jobs", "last_at", "next_at"),
    *word("player_jobs", "kind", 24),
)

account_polls = sa.Table(  # when answers about the player came as promised; one row between two gaps
    "account_polls",
    history,
    sa.Column("id", KEY, primary_key=True),  # order by it, never by a clock
    sa.Column("player_id", KEY, sa.ForeignKey("players.id"), nullable=False),
    sa.Column("first_seen_at", Moment, nullable=False),
    sa.Column("last_seen_at", Moment, nullable=False),  # within a minute of the newest accepted answer
    sa.Column("poll_count", sa.Integer, nullable=False),
    sa.Column("promised_seconds", sa.Integer, nullable=False),  # from last_seen_at to the next answer
    sa.Column("after_gap", sa.Boolean, nullable=False),
    sa.Column("is_open", sa.Boolean, nullable=False),  # the newest row of its player
    sa.UniqueConstraint("player_id", "first_seen_at", name="account_polls_once"),
    check("account_polls", "forward", "first_seen_at <= last_seen_at"),
    *at_least("account_polls", 1, "poll_count"),
    *numbers("account_polls", ("promised_seconds",)),
    *moments("account_polls", "first_seen_at", "last_seen_at"),
    *booleans("account_polls", "after_gap", "is_open"),
)
IS_OPEN_ACCOUNT = sa.text("is_open")  # the words of the index, so that it is used
sa.Index(
    "account_polls_open",
    account_polls.c.player_id,
    unique=True,
    sqlite_where=IS_OPEN_ACCOUNT,
)

games_played = sa.Table(  # when each game was played last, by the site
    "games_played",
    history,
    sa.Column("player_id", KEY, sa.ForeignKey("players.id"), primary_key=True),
    sa.Column("game_id", sa.Integer, sa.ForeignKey("games.id"), primary_key=True),
    sa.Column("last_played_at", Moment, nullable=False),
    *moments("games_played", "last_played_at"),
)

play_sessions = sa.Table(  # when a game was played; each end is known to within the time of two probes
    "play_sessions",
    history,
    sa.Column("player_id", KEY, sa.ForeignKey("players.id"), primary_key=True),
    sa.Column("game_id", sa.Integer, sa.ForeignKey("games.id"), primary_key=True),
    sa.Column("started_after", Moment, primary_key=True),  # the last probe that did not show it
    sa.Column("started_before", Moment, nullable=False),  # the first time that the site names
    sa.Column("ended_at", Moment, nullable=False),  # the last time that the site names
    sa.Column("is_open", sa.Boolean, nullable=False),  # it may go on
    sa.Column("after_gap", sa.Boolean, nullable=False),  # the account was not polled as promised just before
    sa.Index("play_sessions_by_time", "player_id", "ended_at"),
    check("play_sessions", "started", "started_after <= started_before"),
    check("play_sessions", "forward", "started_before <= ended_at"),
    *moments("play_sessions", "started_after", "started_before", "ended_at"),
    *booleans("play_sessions", "is_open", "after_gap"),
)

playtime = sa.Table(  # how long a game was played in all, by the site
    "playtime",
    history,
    sa.Column("player_id", KEY, sa.ForeignKey("players.id"), primary_key=True),
    sa.Column("game_id", sa.Integer, sa.ForeignKey("games.id"), primary_key=True),
    sa.Column("first_seen_at", Moment, primary_key=True),
    sa.Column("seconds", sa.Integer, nullable=False),
    sa.Column("last_seen_at", Moment, nullable=False),  # every answer in between returned this number
    check("playtime", "forward", "first_seen_at <= last_seen_at"),
    *numbers("playtime", ("seconds",)),
    *moments("playtime", "first_seen_at", "last_seen_at"),
)
