"""An account of 8,000 games and 138,000 unlocks: no page is heavy, for the browser or for the database."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from syncer.store.db.engine import Database
from syncer.store.read.queries import Queries
from syncer.web.app.context import Context
from tests.first_sync import LARGE, NOW, create_first_sync

from .harness import PageClient, served
from .parsed_page import FEEDS, read
from .test_page_transactions import listening

STEP = 1000  # instructions of SQLite's machine; about 25 million take a second
MAX_STEPS = 10_000
PATHS = (
    *("/", "/games", "/games?q=pok&sort=title", "/games?sort=played", "/games/2", "/changes", "/calendar"),
    *("/changes?game=tower", "/changes?kind=mastered", "/days/2026-05-20", "/review/2026", "/sync-health"),
    *("/data/version", "/data/points", "/data/points?from=2026-02-18", "/data/games/2", "/data/games?q=pok"),
    *FEEDS,
)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    made = create_first_sync(f"sqlite:///{tmp_path_factory.mktemp('large') / 'syncer.db'}", LARGE)
    yield made
    made.close()


@pytest.fixture(scope="module")
def client(database: Database) -> Iterator[PageClient]:
    context = Context(Queries(database), lambda: NOW, ZoneInfo("Europe/Berlin"), timedelta(minutes=30))
    with served(context) as made:
        yield made


@contextmanager
def counting(database: Database) -> Iterator[list[int]]:
    """Count instructions of SQLite's machine, in thousands: work, whatever else the computer does."""
    steps = [0]

    def count() -> int:
        steps[0] += 1
        return 0

    def watch(connection: Any, *_: Any) -> None:
        connection.set_progress_handler(count, STEP)

    sa.event.listen(database.reader, "checkout", watch)
    try:
        yield steps
    finally:
        sa.event.remove(database.reader, "checkout", watch)


@pytest.mark.parametrize("path", PATHS)
def test_page_is_light(client: PageClient, database: Database, path: str) -> None:
    with listening(database.reader) as asked, counting(database) as steps:
        answer = client.get(path, stream=True)
        sent = len(answer.raw.read(decode_content=False))
    assert answer.status_code == 200
    assert sent < 100_000
    assert steps[0] < MAX_STEPS
    assert asked.transactions == 1
    assert asked.repeated == []


def test_a_review_of_many_masteries_shows_the_last_and_says_how_many_there_are(client: PageClient) -> None:
    text = read(client, "/review/2026").text
    assert re.search(r"The last 100 of \d{3}|The last 100 of \d,\d{3}", text)
    rows = text.partition("Mastered, completed and beaten")[2].partition("Games with the most points")[0]
    assert len(re.findall(r"mastered|completed|beaten \(", rows)) == 100
