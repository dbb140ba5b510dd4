"""A simulated year: what it takes on the disk, and how fast it answers."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from syncer.store.admin.upgrade import upgrade
from syncer.store.db.engine import Database
from syncer.store.read.base import Row
from syncer.store.read.players import PlayerRef
from syncer.store.read.queries import queries_on
from tests.postgres import Server

from . import rows
from .measure import Result, median
from .year import GAP_AFTER, START, Year

TIMES = 15
BYTES_PER_LOOK = 0.5
GOALS = {"at": 5.0, "history": 5.0, "changes": 5.0, "points per day": 100.0}
WEEK = timedelta(days=7)


def measured(folder: Path) -> Iterator[Result]:
    year = Year()
    database = written(f"sqlite:///{folder / 'year.db'}", year)
    assert [file.name for file in folder.iterdir()] == ["year.db"], "there is more than the file"
    size = (folder / "year.db").stat().st_size
    name = f"bytes per look, {year.poll_count / 1e6:.1f} million looks, whole file"
    yield Result(name, None, size / year.poll_count, "bytes", BYTES_PER_LOOK)
    yield from answered("SQLite", database, year)
    with closing(Server()) as server:
        yield from answered("PostgreSQL", written(server.create_database(), year), year)


def written(url: str, year: Year) -> Database:
    """The whole year in a database, and nothing of it in a log beside it any more."""
    made = Database(url)
    upgrade(made, START)
    rows.write(made, year)
    made.close()
    database = Database(url)
    if database.path is None:
        with database.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM ANALYZE"))  # as autovacuum would have
    return database


def answered(where: str, database: Database, year: Year) -> Iterator[Result]:
    """Each question of a year, asked through the readers that the commands use."""
    for name, ask in questions(database, year).items():
        yield Result(f"{name}, {where}", None, median(ask, TIMES), "ms", GOALS[name])
    database.close()


def questions(database: Database, year: Year) -> dict[str, Callable[[], object]]:
    queries, made = queries_on(database), rows.stretches(year)
    (who,) = queries.players.select()
    middle = year.started(year.count // 2)
    busiest = max(year.games, key=[row["game_id"] for row in made].count)
    week = middle, middle + WEEK
    changed = [row["first_seen_at"] for row in made if row["verdict"] == "changed"]
    asked: dict[str, Callable[[], list[Row]]] = {
        "at": lambda: queries.history.state_at(who.id, middle, year.end, GAP_AFTER),
        "history": lambda: queries.history.snapshots(who.id, busiest, None, None),
        "changes": lambda: queries.history.changes([who.id], *week, everything=False),
        "points per day": lambda: points_per_day(database, who),
    }
    wanted = {
        "at": len(year.games),
        "history": sum(row["game_id"] == busiest for row in made),
        "changes": sum(week[0] <= at <= week[1] for at in changed),
        "points per day": len({row["first_seen_at"].date() for row in made if row["verdict"] != "new"}),
    }
    for name, ask in asked.items():
        assert len(ask()) == wanted[name] > 0, f"{name}: {len(ask())} rows, not {wanted[name]}"
    check_sums(asked["at"](), asked["points per day"](), middle, made)
    return dict(asked)


def check_sums(at: list[Row], days: list[Row], middle: datetime, made: list[dict[str, Any]]) -> None:
    """The answers are right: the state of the middle, and all points that came and went."""
    state = {row["game_id"]: row["score_achieved"] for row in made if row["first_seen_at"] <= middle}
    assert {row["game_id"]: row["score_achieved"] for row in at} == state
    last = {row["game_id"]: row["score_achieved"] for row in made}
    moved = (row["points_gained"] - row["points_lost"] + row["points_adjusted"] for row in days)
    assert sum(moved) == sum(last.values()) > 0


def points_per_day(database: Database, who: PlayerRef) -> list[Row]:
    query = sa.text("SELECT * FROM daily_progress WHERE player_id = :player ORDER BY day")
    with database.reading() as tx:
        return [dict(row._mapping) for row in tx.execute(query, {"player": who.id})]
