"""A history of the revision before promises, invented from the minutes at which each game was polled."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import alembic.command
import sqlalchemy as sa

from syncer.core.model.progress import PROGRESS_COLUMNS
from syncer.store.admin.integrity import check
from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db.engine import Database
from tests.fixtures.thaw import alembic_on

BEGIN = datetime(2026, 5, 1, tzinfo=UTC)
EVERY, GAP_AFTER = 15, 30  # minutes
Row = dict[str, Any]
Span = tuple[float, float]  # minutes: two polls, and all between them as promised


def minute(count: float) -> datetime:
    return BEGIN + timedelta(minutes=count)


@dataclass
class PastPlayer:
    """A player by the spans in which each game was polled as promised: between two of them is a gap.

    `removed`: when a game left the configuration. `runs`: beginning, end, and how many polls were accepted.
    """

    spans: Mapping[int, Sequence[Span]]
    removed: Mapping[int, float] = field(default_factory=dict)
    runs: Sequence[tuple[float, float | None, int]] = ()
    interval: int = EVERY * 60
    expected: float | None = None  # the minute of all promises; None: an interval after the last poll


def write_past(url: str, *players: PastPlayer) -> Database:
    """Return a database at 0009 with these players, numbered from 1."""
    database = Database(url)
    if database.path:
        database.path.touch()
    with database.writer.begin() as tx:
        alembic.command.upgrade(alembic_on(tx), "0009")
        found = sa.MetaData()
        found.reflect(tx)
        games = {game for player in players for game in player.spans}
        insert(tx, found.tables["games"], [{"id": game, "is_event": False} for game in sorted(games)])
        for number, player in enumerate(players, 1):
            row = {"id": number, "ulid": f"{number:026}", "username": f"P{number}", "added_at": BEGIN}
            insert(tx, found.tables["players"], [row])
            insert(tx, found.tables["targets"], list(targets(number, player)))
            insert(tx, found.tables["runs"], list(runs(number, player)))
            insert(tx, found.tables["snapshots"], list(snapshots(number, player)))
    return database


def upgraded_past(url: str, *players: PastPlayer) -> Database:
    """Return the same, upgraded and found sound."""
    database = write_past(url, *players)
    upgrade_schema(database, BEGIN + timedelta(days=300))
    assert check(database) == []
    return database


def player_rows(database: Database, table: sa.Table, player: int = 1) -> list[Row]:
    query = sa.select(table).where(table.c.player_id == player).order_by(*table.primary_key.columns)
    with database.reading() as tx:
        return [dict(row) for row in tx.execute(query).mappings()]


def insert(tx: sa.Connection, table: sa.Table, rows: list[Row]) -> None:
    """Write moments as the database stores them: on SQLite the reflected type is a text."""
    if rows:
        is_text = tx.dialect.name == "sqlite"
        tx.execute(table.insert(), [{k: stored(v) if is_text else v for k, v in row.items()} for row in rows])


def stored(value: Any) -> Any:
    return value.strftime("%Y-%m-%d %H:%M:%S.%f")[:23] if isinstance(value, datetime) else value


def targets(number: int, player: PastPlayer) -> Iterator[Row]:
    for game, spans in player.spans.items():
        last = spans[-1][1] if spans else None
        promised = player.expected if player.expected is not None else (last or 0) + player.interval / 60
        removed = player.removed.get(game)
        yield {
            "player_id": number,
            "game_id": game,
            "source": "config",
            "added_at": BEGIN,
            "removed_at": None if removed is None else minute(removed),
            "due_at": minute(promised),
            "expected_at": None if last is None else minute(promised),
            "failures": 0,
            "interval_seconds": player.interval,
        }


def runs(number: int, player: PastPlayer) -> Iterator[Row]:
    for began, ended, seen in player.runs:
        counts = {"targets_asked": 9, "snapshots_added": 0, "requests": 1, "recorded_batches": 1}
        finished = {"finished_at": None if ended is None else minute(ended)}
        outcome = {"trigger": "schedule", "outcome": "ok"}
        yield (
            counts
            | finished
            | outcome
            | {
                "player_id": number,
                "started_at": minute(began),
                "targets_seen": seen,
            }
        )


def snapshots(number: int, player: PastPlayer) -> Iterator[Row]:
    """Yield two snapshots of each span, in the order of time; the first of them follows a gap."""
    found = [row for game, spans in player.spans.items() for row in snapshots_of(number, game, spans)]
    return iter(sorted(found, key=lambda row: (row["first_seen_at"], row["game_id"])))


def snapshots_of(number: int, game: int, spans: Sequence[Span]) -> Iterator[Row]:
    # A span of several polls has its second poll as a snapshot, too.
    parts = [
        (start, stop, index > 0 and start == first)
        for index, (first, last) in enumerate(spans)
        for start, stop in ([(first, first), (last, last)] if last > first else [(first, last)])
    ]
    for index, (start, stop, after_gap) in enumerate(parts):
        is_open = index == len(parts) - 1
        yield dict.fromkeys(PROGRESS_COLUMNS, index) | {
            "player_id": number,
            "game_id": game,
            "first_seen_at": minute(start),
            "last_seen_at": minute(stop),
            "poll_count": 1,
            "verdict": "changed" if index else "new",
            "after_gap": after_gap,
            "is_open": is_open,
            "closed_at": None if is_open else minute(parts[index + 1][0]),
        }
