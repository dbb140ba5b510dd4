"""Pages and endpoints at five simulated years: how long the server takes, and what it sends."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC
from pathlib import Path

import requests

from syncer.core.when import in_utc
from syncer.store.engine import Database
from syncer.store.queries import Queries
from syncer.web import travel
from syncer.web.context import Context
from tests.postgres import Server
from tests.served import served

from .history import written
from .measure import Result, median
from .year import GAP_AFTER, Year

FIVE_YEARS = Year(count=5 * 365 * 96, changes=5 * 27_000)
TIMES = 15
KILOBYTES = 100.0  # of a first view
AT_ONCE = 25.0  # milliseconds for an answer to a program
ROUTES = [*travel.routes]


def visits(year: Year) -> dict[str, tuple[str, float]]:
    """What is asked for: its address, and the goal in milliseconds."""
    ids = ",".join(map(str, year.games[:100]))
    progress = f"/API/API_GetUserProgress.php?u=Tester&i={ids}"
    middle = in_utc(year.started(year.count // 2))
    return {
        "GetUserProgress, 100 games, now": (progress, AT_ONCE),
        "GetUserProgress, 100 games, 2.5 years ago": (f"{progress}&at={middle}", AT_ONCE),
    }


def measured(folder: Path) -> Iterator[Result]:
    database = written(f"sqlite:///{folder / 'years.db'}", FIVE_YEARS)
    yield from visited("SQLite", database, FIVE_YEARS)
    with closing(Server()) as server:
        yield from visited("PostgreSQL", written(server.create_database(), FIVE_YEARS), FIVE_YEARS)


def visited(where: str, database: Database, year: Year) -> Iterator[Result]:
    context = Context(Queries(database), lambda: year.end, UTC, GAP_AFTER)
    with closing(database), served(context, ROUTES) as origin, requests.Session() as session:
        session.trust_env = False
        for name, (path, goal) in visits(year).items():
            size = transferred(session, origin + path)
            took = median(lambda at=path: transferred(session, origin + at), TIMES)  # type: ignore[misc]
            yield Result(f"{name}, {where}", None, took, "ms", goal)
            if where == "SQLite":
                yield Result(f"{name}, sent", None, size / 1000, "kB", KILOBYTES)


def transferred(session: requests.Session, address: str) -> int:
    """Bytes of the body as they come over the wire, packed or not."""
    with session.get(address, stream=True, timeout=60) as answer:
        answer.raise_for_status()
        return sum(map(len, answer.raw.stream(decode_content=False)))
