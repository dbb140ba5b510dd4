"""The ready queries of docs/sql.md, over five years of two players with 500 games each."""

import os
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from syncer.store.admin.upgrade import upgrade
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
AWAY = ((9_000, 100), (50_000, 3), (90_000, 700), (170_000, 40))
HISTORY = Year(
    count=YEARS * 365 * 96,
    changes=YEARS * 27_000,
    away=tuple(range(begin, begin + length) for begin, length in AWAY),
)
TIMES = 7
ZONE = "Europe/Berlin"
SOON, YEARLY = 100.0, 1000.0  # milliseconds
DAY = timedelta(days=1)
SPANS = {"changed_this_week": 7 * DAY, "gaps": YEARS * 365 * DAY}
OF_A_YEAR = (
    *("points_per_day", "points_per_week", "points_per_month", "points_per_day_seen", "year_in_review"),
    *("uptime_per_week", "requests_per_day", "requests_per_hour"),
)
OF_ALL = ("best_days", "revised_since_mastery", "unlocks_per_console")  # sums over all years


def measured(folder: Path) -> Iterator[Result]:
    os.environ["TZ"] = ZONE  # what 'localtime' is to SQLite
    time.tzset()
    yield from answered("SQLite", written(f"sqlite:///{folder / 'years.db'}", HISTORY), HISTORY)
    with closing(Server()) as server:
        yield from answered("PostgreSQL", written(server.create_database(), HISTORY), HISTORY)


def answered(where: str, database: Database, year: Year) -> Iterator[Result]:
    dialect = "sqlite" if database.path else "postgresql"
    for query in queries().values():
        ask = asking(database, query, dialect, year)
        assert ask(), f"{query.name} answers nothing"
        is_yearly = query.name in OF_A_YEAR + OF_ALL
        yield Result(f"{query.name}, {where}", None, median(ask, TIMES), "ms", YEARLY if is_yearly else SOON)
    database.close()


def asking(database: Database, query: Query, dialect: str, year: Year) -> Any:
    given = {name: bound(value, dialect) for name, value in parameters(query.name, year).items()}
    text, wanted = sa.text(query.sql[dialect]), {name: given[name] for name in query.parameters}

    def ask() -> list[Any]:
        with database.reading() as tx:
            return list(tx.execute(text, wanted).all())

    return ask


def parameters(name: str, year: Year) -> dict[str, Any]:
    end = year.end
    span = 365 * DAY if name in OF_A_YEAR else SPANS.get(name, 30 * DAY)
    made = {"player": 1, "other": 2, "game": year.games[0], "zone": ("localtime", ZONE)}
    moments = {"since": end - span, "until": end, "t": end - 400 * DAY, "idle_since": end - 60 * DAY}
    return made | moments | {"late_before": end - GAP_AFTER}


def bound(value: Any, dialect: str) -> Any:
    if isinstance(value, tuple):
        return value[dialect != "sqlite"]
    if isinstance(value, datetime) and dialect == "sqlite":
        return f"{value:%Y-%m-%d %H:%M:%S.%f}"[:23]
    return value


# What was lived


def written(url: str, year: Year) -> Database:
    database = Database(url)
    upgrade(database, START)
    rows.write(database, year)
    earned = list(unlocked(year))
    with database.writing() as tx:
        tx.execute(NAME, [named(game) for game in year.games])
        tx.execute(game_titles.insert(), [formerly(game) for game in year.games[::9]])
        tx.execute(unlocks.insert(), earned)
        tx.execute(AWARD, [awarded(game, earned) for game in year.games[::3]])
        add_twin(tx)
    rows.set_counters(database)
    database.close()
    database = Database(url)
    if database.path is None:
        with database.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM ANALYZE"))  # as autovacuum would have
    return database


NAME = games.update().where(games.c.id == sa.bindparam("game"))
AWARD = targets.update().where(targets.c.game_id == sa.bindparam("game"))
NAME = NAME.values({n: sa.bindparam(n) for n in ("title", "console_id", "console_name")})
AWARD = AWARD.values({n: sa.bindparam(n) for n in ("award_kind", "award_at")})


def named(game: int) -> Row:
    console = game // 60 % 20
    names = {"title": f"Game {game}", "console_id": console, "console_name": f"Console {console}"}
    return {"game": game, **names}


def formerly(game: int) -> Row:
    seen = {"first_seen_at": START, "last_seen_at": START + DAY}
    return {"game_id": game, "title": f"~Demo~ {game}", **seen}


def awarded(game: int, earned: list[Row]) -> Row:
    """Mastered when half of what was earned was."""
    mine = sorted(row["unlocked_at"] for row in earned if row["game_id"] == game)
    return {"game": game, "award_kind": "mastered", "award_at": mine[len(mine) // 2]}


def unlocked(year: Year) -> Iterator[Row]:
    """An unlock for each one that the looks saw; a casual one is redone in hardcore mode now and then.

    Of each tenth game those of the last months are not told: it is idle.
    """
    seen: set[tuple[int, bool]] = set()
    for row in rows.stretches(year):
        number = row["num_achieved"]
        if row["game_id"] in year.games[::10] and row["first_seen_at"] > year.end - 100 * DAY:
            continue
        hardcore = row["num_achieved_hardcore"] % 2 == 0
        achievement = 1000 * row["game_id"] + number
        redone = [(True, 90)] if number % 5 == 0 and not hardcore else []
        for mode, days in [(hardcore, 0), *redone]:
            if number and (achievement, mode) not in seen:
                seen.add((achievement, mode))
                yield unlock(row, achievement, mode, days)


def unlock(row: Row, achievement: int, hardcore: bool, days: int) -> Row:
    at = (row["first_seen_at"] - EVERY / 2).replace(microsecond=0) + days * DAY
    made = {"player_id": 1, "achievement_id": achievement, "hardcore": hardcore, "game_id": row["game_id"]}
    made |= {"unlocked_at": at, "points": 10, "title": f"No. {achievement}", "first_seen_at": at}
    return made | {"source": "seen", "gone_at": at + DAY if achievement % 97 == 0 else None}


def add_twin(tx: sa.Connection) -> None:
    """A second player, who did all the same."""
    twin = {"id": 2, "ulid": "1" * 26, "username": "Twin", "config_name": "Twin"}
    tx.execute(players.insert(), rows.PLAYER | twin)
    tx.execute(players.update().values(unlocks_synced_until=HISTORY.end))
    for table in (player_names, targets, runs, snapshots, unlocks):
        other: dict[str, Any] = {"player_id": sa.literal(2), "username": sa.literal("Twin")}
        if "id" in table.c:
            other["id"] = table.c.id + sa.select(sa.func.max(table.c.id)).scalar_subquery()
        names = [column.name for column in table.c if column.name != "run_id"]
        theirs = sa.select(*(other.get(name, table.c[name]) for name in names)).where(table.c.player_id == 1)
        tx.execute(table.insert().from_select(names, theirs))
