"""The ready queries of docs/sql.md, over five years of two players with 500 games each."""

import os
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db.account_tables import awards
from syncer.store.db.engine import Database
from syncer.store.db.tables import (
    game_titles,
    games,
    player_names,
    players,
    runs,
    snapshots,
    targets,
    unlocks,
)
from tests.postgres import Server
from tests.sql_doc import Query, queries

from . import rows
from .measure import Result, median
from .rows import Row
from .year import EVERY, GAP_AFTER, START, Year

YEARS = 5
OUTAGES = ((9_000, 100), (50_000, 3), (90_000, 700), (170_000, 40))
HISTORY = Year(
    count=YEARS * 365 * 96,
    changes=YEARS * 27_000,
    outages=tuple(range(begin, begin + length) for begin, length in OUTAGES),
)
TIMES = 7
ZONE = "Europe/Berlin"
GOAL, YEARLY_GOAL = 100.0, 1000.0  # milliseconds
DAY = timedelta(days=1)
SPANS = {"changed_this_week": 7 * DAY, "gaps": YEARS * 365 * DAY}
OF_A_YEAR = (
    *("points_per_day", "points_per_week", "points_per_month", "points_per_day_seen", "year_in_review"),
    *("uptime_per_week", "requests_per_day", "requests_per_hour"),
)
OF_ALL = ("best_days", "revised_since_mastery", "unlocks_per_console")  # these sum up all years


def benchmark(folder: Path) -> Iterator[Result]:
    os.environ["TZ"] = ZONE  # SQLite's 'localtime'
    time.tzset()
    yield from time_queries("SQLite", write_years(f"sqlite:///{folder / 'years.db'}", HISTORY), HISTORY)
    with closing(Server()) as server:
        yield from time_queries("PostgreSQL", write_years(server.create_database(), HISTORY), HISTORY)


def time_queries(where: str, database: Database, year: Year) -> Iterator[Result]:
    dialect = "sqlite" if database.path else "postgresql"
    for query in queries().values():
        work = prepare(database, query, dialect, year)
        assert work(), f"{query.name} returns no rows"
        is_yearly = query.name in OF_A_YEAR + OF_ALL
        yield Result(
            f"{query.name}, {where}", None, median(work, TIMES), "ms", YEARLY_GOAL if is_yearly else GOAL
        )
    database.close()


def prepare(database: Database, query: Query, dialect: str, year: Year) -> Any:
    """Return the query as a function without parameters."""
    values = {name: bound(value, dialect) for name, value in parameters(query.name, year).items()}
    text, bindings = sa.text(query.sql[dialect]), {name: values[name] for name in query.parameters}

    def work() -> list[Any]:
        with database.reading() as tx:
            return list(tx.execute(text, bindings).all())

    return work


def parameters(name: str, year: Year) -> dict[str, Any]:
    end = year.end
    span = 365 * DAY if name in OF_A_YEAR else SPANS.get(name, 30 * DAY)
    values = {"player": 1, "other": 2, "game": year.games[0], "zone": ("localtime", ZONE)}
    moments = {"since": end - span, "until": end, "t": end - 400 * DAY, "idle_since": end - 60 * DAY}
    return values | moments | {"late_before": end - GAP_AFTER}


def bound(value: Any, dialect: str) -> Any:
    if isinstance(value, tuple):
        return value[dialect != "sqlite"]
    if isinstance(value, datetime) and dialect == "sqlite":
        return f"{value:%Y-%m-%d %H:%M:%S.%f}"[:23]
    return value


def write_years(url: str, year: Year) -> Database:
    database = Database(url)
    upgrade_schema(database, START)
    rows.write(database, year)
    earned = list(unlock_rows(year))
    with database.writing() as tx:
        tx.execute(NAME, [title_row(game) for game in year.games])
        tx.execute(game_titles.insert(), [former_title(game) for game in year.games[::9]])
        tx.execute(unlocks.insert(), earned)
        tx.execute(awards.insert(), [award_row(game, earned) for game in year.games[::3]])
        add_twin(tx)
    rows.set_counters(database)
    database.close()
    database = Database(url)
    if database.path is None:
        with database.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM ANALYZE"))  # as autovacuum would do
    return database


NAME = games.update().where(games.c.id == sa.bindparam("game"))
NAME = NAME.values({n: sa.bindparam(n) for n in ("title", "console_id", "console_name")})


def title_row(game: int) -> Row:
    console = game // 60 % 20
    names = {"title": f"Game {game}", "console_id": console, "console_name": f"Console {console}"}
    return {"game": game, **names}


def former_title(game: int) -> Row:
    period = {"first_seen_at": START, "last_seen_at": START + DAY}
    return {"game_id": game, "title": f"~Demo~ {game}", **period}


def award_row(game: int, earned: list[Row]) -> Row:
    """Return a mastery at the median moment of the unlocks."""
    moments = sorted(row["unlocked_at"] for row in earned if row["game_id"] == game)
    key = {"player_id": 1, "game_id": game, "kind": "mastered"}
    return {**key, "awarded_at": moments[len(moments) // 2], "first_seen_at": START}


def unlock_rows(year: Year) -> Iterator[Row]:
    """Yield an unlock for each rise of a snapshot; some softcore ones are repeated in hardcore later.

    Each tenth game is idle: it has no unlocks in the last months.
    """
    yielded: set[tuple[int, bool]] = set()
    for row in rows.snapshot_rows(year):
        number = row["num_achieved"]
        if row["game_id"] in year.games[::10] and row["first_seen_at"] > year.end - 100 * DAY:
            continue
        hardcore = row["num_achieved_hardcore"] % 2 == 0
        achievement = 1000 * row["game_id"] + number
        repeated = [(True, 90)] if number % 5 == 0 and not hardcore else []
        for mode, days in [(hardcore, 0), *repeated]:
            if number and (achievement, mode) not in yielded:
                yielded.add((achievement, mode))
                yield unlock_row(row, achievement, mode, days)


def unlock_row(row: Row, achievement: int, hardcore: bool, days: int) -> Row:
    at = (row["first_seen_at"] - EVERY / 2).replace(microsecond=0) + days * DAY
    unlock = {"player_id": 1, "achievement_id": achievement, "hardcore": hardcore, "game_id": row["game_id"]}
    unlock |= {"unlocked_at": at, "points": 10, "title": f"No. {achievement}", "first_seen_at": at}
    return unlock | {"source": "seen", "gone_at": at + DAY if achievement % 97 == 0 else None}


def add_twin(tx: sa.Connection) -> None:
    """Copy everything for a second player."""
    twin = {"id": 2, "ulid": "1" * 26, "username": "Twin", "config_name": "Twin"}
    tx.execute(players.insert(), rows.PLAYER | twin)
    tx.execute(players.update().values(unlocks_synced_until=HISTORY.end))
    for table in (player_names, targets, runs, snapshots, unlocks):
        other: dict[str, Any] = {"player_id": sa.literal(2), "username": sa.literal("Twin")}
        if "id" in table.c:
            other["id"] = table.c.id + sa.select(sa.func.max(table.c.id)).scalar_subquery()
        names = [column.name for column in table.c if column.name != "run_id"]
        copied = sa.select(*(other.get(name, table.c[name]) for name in names)).where(table.c.player_id == 1)
        tx.execute(table.insert().from_select(names, copied))
