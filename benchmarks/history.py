"""A simulated year: its size on disk, and the time of its queries."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db.engine import Database
from syncer.store.read.base import Row
from syncer.store.read.players import PlayerRef
from syncer.store.read.queries import Queries
from tests.postgres import Server

from . import rows
from .measure import Result, median
from .year import GAP_AFTER, START, Year

TIMES = 15
BYTES_PER_POLL = 0.5
GOALS = {"at": 5.0, "history": 5.0, "changes": 5.0, "points per day": 100.0}
WEEK = timedelta(days=7)


def benchmark(folder: Path) -> Iterator[Result]:
    year = Year()
    database = write_year(f"sqlite:///{folder / 'year.db'}", year)
    assert [file.name for file in folder.iterdir()] == ["year.db"], "more than one file"
    size = (folder / "year.db").stat().st_size
    name = f"bytes per poll, {year.poll_count / 1e6:.1f} million polls, whole file"
    yield Result(name, None, size / year.poll_count, "bytes", BYTES_PER_POLL)
    yield from time_queries("SQLite", database, year)
    with closing(Server()) as server:
        yield from time_queries("PostgreSQL", write_year(server.create_database(), year), year)


def write_year(url: str, year: Year) -> Database:
    """Return a database that holds the year, without a write-ahead log."""
    made = Database(url)
    upgrade_schema(made, START)
    rows.write(made, year)
    made.close()
    database = Database(url)
    if database.path is None:
        with database.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM ANALYZE"))  # as autovacuum would do
    return database


def time_queries(where: str, database: Database, year: Year) -> Iterator[Result]:
    """Yield the time of each query, made with the classes that the commands use."""
    for name, query in checked_queries(database, year).items():
        yield Result(f"{name}, {where}", None, median(query, TIMES), "ms", GOALS[name])
    database.close()


def checked_queries(database: Database, year: Year) -> dict[str, Callable[[], object]]:
    """Return the queries by name, after a check of the rows that each returns."""
    stored, written = Queries(database), rows.snapshot_rows(year)
    (player,) = stored.players.select()
    middle = year.started(year.count // 2)
    busiest = max(year.games, key=[row["game_id"] for row in written].count)
    week = middle, middle + WEEK
    changed = [row["first_seen_at"] for row in written if row["verdict"] == "changed"]
    queries: dict[str, Callable[[], list[Row]]] = {
        "at": lambda: stored.history.state_at(player.id, middle, year.end, GAP_AFTER),
        "history": lambda: stored.history.snapshots(player.id, busiest, None, None),
        "changes": lambda: stored.history.changes([player.id], *week, everything=False),
        "points per day": lambda: points_per_day(database, player),
    }
    expected = {
        "at": len(year.games),
        "history": sum(row["game_id"] == busiest for row in written),
        "changes": sum(week[0] <= at <= week[1] for at in changed),
        "points per day": len({row["first_seen_at"].date() for row in written if row["verdict"] != "new"}),
    }
    for name, query in queries.items():
        count = len(query())
        assert count == expected[name] > 0, f"{name}: {count} rows, not {expected[name]}"
    check_sums(queries["at"](), queries["points per day"](), middle, written)
    return dict(queries)


def check_sums(at: list[Row], days: list[Row], middle: datetime, written: list[dict[str, Any]]) -> None:
    """Check the state in the middle of the year, and the sum of all points gained and lost."""
    state = {row["game_id"]: row["score_achieved"] for row in written if row["first_seen_at"] <= middle}
    assert {row["game_id"]: row["score_achieved"] for row in at} == state
    last = {row["game_id"]: row["score_achieved"] for row in written}
    changes = (row["points_gained"] - row["points_lost"] + row["points_adjusted"] for row in days)
    assert sum(changes) == sum(last.values()) > 0


def points_per_day(database: Database, player: PlayerRef) -> list[Row]:
    query = sa.text("SELECT * FROM daily_progress WHERE player_id = :player ORDER BY day")
    with database.reading() as tx:
        return [dict(row._mapping) for row in tx.execute(query, {"player": player.id})]
