"""The state at any moment: the two queries of docs/sql.md, over a year with 100,000 changes of 500 games."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from syncer.store.db.engine import Database
from tests.postgres import Server
from tests.sql_doc import queries

from . import rows
from .history import write_year
from .measure import Result, median
from .sql_recipes import bound
from .year import START, Year

YEAR = Year(changes=100_000)
PERCENT = (10, 50, 95)  # of the history
GOALS = {"game_at": 1.0, "games_at": 5.0}  # milliseconds
TIMES = 31


@dataclass(frozen=True)
class State:
    """The points of each game at a moment. `busiest`: the game with the most changes."""

    percent: int
    at: datetime
    points: dict[int, int]
    busiest: int


def benchmark(folder: Path) -> Iterator[Result]:
    states = expected_states(YEAR)
    yield from time_states("SQLite", write_year(f"sqlite:///{folder / 'as_of.db'}", YEAR), states)
    with closing(Server()) as server:
        yield from time_states("PostgreSQL", write_year(server.create_database(), YEAR), states)


def expected_states(year: Year) -> list[State]:
    """Return the states by the written snapshots; keeping those in memory would slow the measurements."""
    written = rows.snapshot_rows(year)
    ((busiest, _),) = Counter(row["game_id"] for row in written).most_common(1)
    moments = {percent: START + (year.end - START) * percent / 100 for percent in PERCENT}
    return [
        State(
            percent,
            at,
            {row["game_id"]: row["score_achieved"] for row in written if row["first_seen_at"] <= at},
            busiest,
        )
        for percent, at in moments.items()
    ]


def time_states(where: str, database: Database, states: list[State]) -> Iterator[Result]:
    dialect = "sqlite" if database.path else "postgresql"
    with database.reading() as tx:
        for name, goal in GOALS.items():
            query = sa.text(queries()[name].sql[dialect])
            for state in states:
                wanted = [points for _, points in sorted(state.points.items())]
                values = {"player": 1, "t": bound(state.at, dialect)}
                if name == "game_at":
                    values["game"], wanted = state.busiest, [state.points[state.busiest]]
                work = partial(run, tx, query, values)
                assert [row.score_achieved for row in work()] == wanted
                yield Result(f"{name}, {state.percent} %, {where}", None, median(work, TIMES), "ms", goal)
    database.close()


def run(tx: sa.Connection, query: sa.TextClause, values: dict[str, object]) -> list[sa.Row[tuple[int, ...]]]:
    return list(tx.execute(query, values))
