"""The pages over five years of two players with 500 games each: time and size of each response."""

import gzip
import re
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from syncer.store.db.engine import Database
from syncer.store.read.queries import Queries
from syncer.web.app.application import create_app
from syncer.web.app.context import Context
from syncer.web.asgi.server import PageServer
from syncer.web.routes import routes
from tests.postgres import Server

from .measure import Result, median
from .sql_recipes import HISTORY, ZONE, write_years
from .year import GAP_AFTER, Year

TIMES = 7
PAGE_GOAL, SIZE_GOAL = 200.0, 100.0  # milliseconds, kB
REVIEW_GOAL = 1000.0  # milliseconds
YEAR = HISTORY.end.year
PAGES = (
    *("/", "/games", "/games?sort=percent&page=4", "/games/60", "/changes", "/changes?kind=reset"),
    *(f"/changes?kind={kind}" for kind in ("gone", "demoted", "returned", "reweighted")),
    *(f"/calendar?year={YEAR}", "/sync-health", "/data/version"),
)
REVIEWS = (f"/review/{YEAR}", f"/review/{YEAR}.svg", f"/review/{YEAR}-06")
PAST = ("/", "/games", "/games/60", "/changes", f"/calendar?year={YEAR - 3}", "/sync-health")  # at a moment
PAST_GOAL = 150.0  # milliseconds, over one year; here it is over five
IDS = ",".join(map(str, HISTORY.games[:100]))
TIME_TRAVEL = {
    "GetUserProgress, 100 games": f"/API/API_GetUserProgress.php?u=Tester&i={IDS}",
    "GetUserRecentlyPlayedGames, 50 of 500 games": "/API/API_GetUserRecentlyPlayedGames.php?u=Tester&c=50",
    "GetUserProfile": "/API/API_GetUserProfile.php?u=Tester",
}
API_GOAL = 25.0  # milliseconds
MIDDLE = f"&at={HISTORY.started(HISTORY.count // 2):%Y-%m-%dT%H:%M:%SZ}"
DATA = ("/data/points", f"/data/points?from={YEAR}-01-01", "/data/games/60")


def benchmark(folder: Path) -> Iterator[Result]:
    database = write_years(f"sqlite:///{folder / 'years.db'}", HISTORY)
    yield from time_pages("SQLite", database, HISTORY)
    with closing(Server()) as server:
        yield from time_pages("PostgreSQL", write_years(server.create_database(), HISTORY), HISTORY)


def time_pages(where: str, database: Database, year: Year) -> Iterator[Result]:
    with serve(database, year) as address:
        for path in PAGES:
            yield Result(f"{path}, {where}", None, time_of(address, path), "ms", PAGE_GOAL)
        for path in REVIEWS:
            yield Result(f"{path}, {where}", None, time_of(address, path), "ms", REVIEW_GOAL)
        for path in DATA:
            yield Result(f"{path}, {where}", None, time_of(address, path), "ms")
        for name, path in TIME_TRAVEL.items():
            for when, at in (("now", ""), ("2.5 years ago", MIDDLE)):
                yield Result(f"{name}, {when}, {where}", None, time_of(address, path + at), "ms", API_GOAL)
        for path in PAST:
            at = f"{'&' if '?' in path else '?'}{MIDDLE.removeprefix('&')}"
            name = f"{path}, as of 2.5 years ago, {where}"
            yield Result(name, None, time_of(address, path + at), "ms", PAST_GOAL)
        if database.path:
            yield Result("first view, compressed", None, first_view(address) / 1000, "kB", SIZE_GOAL)
    database.close()


@contextmanager
def serve(database: Database, year: Year) -> Iterator[str]:
    context = Context(Queries(database), lambda: year.end, ZoneInfo(ZONE), GAP_AFTER)
    with PageServer(create_app(context, routes()), "127.0.0.1", 0) as server:
        yield server.address


def time_of(address: str, path: str) -> float:
    return median(lambda: body(address + path.removeprefix("/")), TIMES)


def first_view(address: str) -> int:
    """Return the bytes of the overview, of all files that it names, and of its chart's numbers."""
    page = gzip.decompress(body(address)).decode()
    named = set(re.findall(r'(?:href|src)="/(static/[^"]+)"', page))
    assert len(named) >= 6, named
    chart = next(found[1] for found in re.finditer(r'data-chart="/([^"]+)"', page))
    return sum(len(body(address + part)) for part in ("", chart, *named))


def body(address: str) -> bytes:
    """Return the body as it is sent."""
    request = urllib.request.Request(address, headers={"Accept-Encoding": "gzip"})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as response:
        assert response.status == 200
        found: bytes = response.read()
        return found
