"""The five views, as the queries see them; migrations make them."""

import sqlalchemy as sa

from syncer.core.model import NUMBERS

from .tables import Moment

Column = sa.Column
views = sa.MetaData()


def _plain(*names: str) -> list["sa.Column[int]"]:
    return [Column(name, sa.Integer) for name in names]


def _moments(*names: str) -> list["sa.Column[object]"]:
    return [Column(name, Moment) for name in names]


progress_changes = sa.Table(  # one row per stretch: its beginning, against the one before
    "progress_changes",
    views,
    *_plain("id", "player_id"),
    Column("username", sa.Text),
    Column("game_id", sa.Integer),
    Column("title", sa.Text),
    *_moments("previous_seen_at", "first_seen_at", "last_seen_at"),
    Column("looks", sa.Integer),
    *_plain(*NUMBERS),
    *_plain(*(f"{name}_delta" for name in NUMBERS)),
    Column("kind", sa.Text),
    Column("after_gap", sa.Boolean),
)

coverage_gaps = sa.Table(
    "coverage_gaps",
    views,
    Column("player_id", sa.Integer),
    Column("username", sa.Text),
    Column("game_id", sa.Integer),
    Column("title", sa.Text),
    *_moments("started_at", "ended_at"),
)
