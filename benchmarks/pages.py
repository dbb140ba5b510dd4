"""The pages over five years of two players with 500 games each: server time, and what is sent."""

import gzip
import re
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from syncer.store.db.engine import Database
from syncer.store.read.queries import queries_on
from syncer.web.app.application import create_app
from syncer.web.app.context import Context
from syncer.web.asgi.server import PageServer
from syncer.web.routes import routes
from tests.postgres import Server

from .measure import Result, median
from .sql_recipes import HISTORY, ZONE, written
from .year import GAP_AFTER, Year

TIMES = 7
SOON, LIGHT = 200.0, 100.0  # milliseconds, kB
YEAR = HISTORY.end.year
PAGES = (
    *("/", "/games", "/games?sort=percent&page=4", "/games/60", "/changes", "/changes?kind=reset"),
    *(f"/changes?kind={kind}" for kind in ("gone", "demoted", "returned", "reweighted")),
    *(f"/calendar?year={YEAR}", "/health-report", "/data/version"),
)
IDS = ",".join(map(str, HISTORY.games[:100]))
TRAVEL = f"/API/API_GetUserProgress.php?u=Tester&i={IDS}"
AT_ONCE = 25.0  # milliseconds for an answer to a program
MIDDLE = f"&at={HISTORY.started(HISTORY.count // 2):%Y-%m-%dT%H:%M:%SZ}"
DATA = ("/data/points", f"/data/points?from={YEAR}-01-01", "/data/games/60")


def measured(folder: Path) -> Iterator[Result]:
    database = written(f"sqlite:///{folder / 'years.db'}", HISTORY)
    yield from answered("SQLite", database, HISTORY)
    with closing(Server()) as server:
        yield from answered("PostgreSQL", written(server.create_database(), HISTORY), HISTORY)


def answered(where: str, database: Database, year: Year) -> Iterator[Result]:
    with served(database, year) as address:
        for path in PAGES:
            yield Result(f"{path}, {where}", None, time_of(address, path), "ms", SOON)
        for path in DATA:
            yield Result(f"{path}, {where}", None, time_of(address, path), "ms")
        for name, path in (("now", TRAVEL), ("2.5 years ago", TRAVEL + MIDDLE)):
            said = f"GetUserProgress, 100 games, {name}, {where}"
            yield Result(said, None, time_of(address, path), "ms", AT_ONCE)
        if database.path:
            yield Result("first view, packed", None, first_view(address) / 1000, "kB", LIGHT)
    database.close()


@contextmanager
def served(database: Database, year: Year) -> Iterator[str]:
    context = Context(queries_on(database), lambda: year.end, ZoneInfo(ZONE), GAP_AFTER)
    with PageServer(create_app(context, routes()), "127.0.0.1", 0) as server:
        yield server.address


def time_of(address: str, path: str) -> float:
    return median(lambda: body(address + path.removeprefix("/")), TIMES)


def first_view(address: str) -> int:
    """Bytes of the overview, of all that it names, and of its chart's numbers."""
    page = gzip.decompress(body(address)).decode()
    named = set(re.findall(r'(?:href|src)="/(static/[^"]+)"', page))
    assert len(named) >= 6, named
    chart = next(found[1] for found in re.finditer(r'data-chart="/([^"]+)"', page))
    return sum(len(body(address + part)) for part in ("", chart, *named))


def body(address: str) -> bytes:
    """As it is sent."""
    request = urllib.request.Request(address, headers={"Accept-Encoding": "gzip"})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
        assert answer.status == 200
        found: bytes = answer.read()
        return found
