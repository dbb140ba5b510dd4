"""What the product has stored of the month."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from syncer.core.model.progress import PROGRESS_COLUMNS, GameId
from syncer.store.db.engine import Database

from .record import Numbers


@dataclass(frozen=True, slots=True)
class Row:
    """A snapshot."""

    first: datetime
    last: datetime
    numbers: Numbers
    after_gap: bool


@dataclass(frozen=True, slots=True)
class Gap:
    """`game_id` None: of the account."""

    game_id: GameId | None
    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A play session: it began between `after` and `before`."""

    game_id: GameId
    after: datetime
    before: datetime
    end: datetime


@dataclass
class Stored:
    """`sessions` None: this version stores none. `rejections`: how many, by their reason."""

    rows: dict[GameId, list[Row]]
    gaps: list[Gap]
    sessions: list[StoredSession] | None
    rejections: dict[str, int]


def read_stored(database: Database) -> Stored:
    with database.reading() as tx:
        return Stored(_snapshots(tx), _gaps(tx), _sessions(tx), _rejections(tx))


def _snapshots(tx: sa.Connection) -> dict[GameId, list[Row]]:
    names = ", ".join(PROGRESS_COLUMNS)
    query = f"SELECT game_id, first_seen_at, last_seen_at, after_gap, {names} FROM snapshots ORDER BY id"  # noqa: S608
    found: dict[GameId, list[Row]] = {}
    for game_id, first, last, after_gap, *numbers in _read(tx, query):
        row = Row(_moment(first), _moment(last), tuple(numbers), bool(after_gap))
        found.setdefault(game_id, []).append(row)
    return found


def _gaps(tx: sa.Connection) -> list[Gap]:
    rows = _read(tx, "SELECT game_id, started_at, ended_at FROM coverage_gaps ORDER BY started_at")
    return [Gap(game_id, _moment(begin), _moment(end)) for game_id, begin, end in rows]


def _sessions(tx: sa.Connection) -> list[StoredSession] | None:
    if not sa.inspect(tx).has_table("play_sessions"):
        return None
    query = "SELECT game_id, started_after, started_before, ended_at FROM play_sessions ORDER BY ended_at"
    return [StoredSession(game_id, *map(_moment, moments)) for game_id, *moments in _read(tx, query)]


def _rejections(tx: sa.Connection) -> dict[str, int]:
    return {
        reason: count
        for reason, count in _read(tx, "SELECT reason, count(*) FROM rejections GROUP BY 1 ORDER BY 1")
    }


def _read(tx: sa.Connection, query: str) -> Sequence[Any]:
    return tx.execute(sa.text(query)).fetchall()


def _moment(text: str | datetime) -> datetime:
    found = datetime.fromisoformat(text) if isinstance(text, str) else text
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
