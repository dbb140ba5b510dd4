"""The views as queries see them; the migrations create them.

The primary keys are no constraints: they name the columns that identify a row and give the order of exports.
"""

from typing import Any

import sqlalchemy as sa

from syncer.core.model.progress import PROGRESS_COLUMNS

from .moment import Moment
from .tables import RESTORED
from .text import Text

views = sa.MetaData()
PLAYER = ("player_id", sa.Integer), ("username", Text)
GAME = ("game_id", sa.Integer), ("title", Text)
SUMMED = ("achievements", "points", "hardcore_achievements", "hardcore_points")


def _view(name: str, key: tuple[str, ...], *columns: tuple[str, Any]) -> sa.Table:
    made = (sa.Column(column, kind) for column, kind in columns)
    return sa.Table(name, views, *made, sa.PrimaryKeyConstraint(*key))


def _all(kind: Any, *names: str) -> tuple[tuple[str, Any], ...]:
    return tuple((name, kind) for name in names)


latest_progress = _view(  # one row per target: its newest numbers
    "latest_progress",
    ("player_id", "game_id"),
    *PLAYER,
    *GAME,
    ("console_name", Text),
    *_all(sa.Integer, *PROGRESS_COLUMNS),
    ("percent", sa.Float),
    ("points_left", sa.Integer),
    *_all(Moment, "first_seen_at", "last_seen_at", "expected_at", "removed_at"),
    ("award_kind", Text),
    ("award_at", Moment),
)

progress_changes = _view(  # one row per snapshot: its beginning, compared with the one before
    "progress_changes",
    ("id",),
    ("id", sa.Integer),
    *PLAYER,
    *GAME,
    *_all(Moment, "previous_seen_at", "first_seen_at", "last_seen_at"),
    *_all(sa.Integer, "poll_count", *PROGRESS_COLUMNS, *(f"{name}_delta" for name in PROGRESS_COLUMNS)),
    ("kind", Text),
    ("after_gap", sa.Boolean),
    *_all(sa.Integer, *RESTORED),
    ("award", Text),  # the last column, as users have views upon the others
)

# What queries of ours read: the view finds awards by their dates, change_details.py also by their unlocks.
CHANGE_COLUMNS = [column for column in progress_changes.c if column.name != "award"]

progress_periods = _view(  # one row per snapshot: when its numbers were valid
    "progress_periods",
    ("id",),
    *_all(sa.Integer, "id", "player_id", "game_id", *PROGRESS_COLUMNS),
    *_all(Moment, "valid_from", "valid_to", "known_until"),
    ("poll_count", sa.Integer),
    ("gap_before", sa.Boolean),
)

daily_progress = _view(  # one row per player and UTC day on which something changed
    "daily_progress",
    ("player_id", "day"),
    *PLAYER,
    ("day", sa.Date),
    *_all(sa.Integer, *(f"{name}_{way}" for name in SUMMED for way in ("gained", "lost", "adjusted"))),
    ("after_gap", sa.Boolean),
)

coverage_gaps = _view(  # one row per time in which an account, or a target, was not polled as promised
    "coverage_gaps",
    ("player_id", "scope", "game_id", "ended_at"),
    *PLAYER,
    *GAME,  # null: of the account
    *_all(Moment, "started_at", "ended_at"),
    ("scope", Text),  # account, target; the last column, as users have views upon the others
)

player_totals = _view(  # one row per player: sums over the newest numbers
    "player_totals",
    ("player_id",),
    *PLAYER,
    ("games", sa.Integer),
    *_all(sa.Integer, *PROGRESS_COLUMNS),
    ("last_seen_at", Moment),
)

first_unlocks = _view(  # one row per achievement that is not gone: when it was first unlocked
    "first_unlocks",
    ("player_id", "achievement_id"),
    ("player_id", sa.Integer),
    *_all(sa.Integer, "achievement_id", "game_id"),
    ("hardcore", sa.Boolean),
    ("unlocked_at", Moment),
    ("points", sa.Integer),
    ("title", Text),
    ("is_backdated", sa.Boolean),
)

account_history = _view(  # one row per moment at which a measure of the account changed: all of them then
    "account_history",
    ("player_id", "changed_at"),
    *PLAYER,
    ("changed_at", Moment),
    *_all(sa.Integer, "hardcore_points", "softcore_points", "retro_points", "rank"),
    ("after_gap", sa.Boolean),
)
