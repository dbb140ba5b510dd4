"""A player with a notification service on either database, for tests of the outbox."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from syncer.core.model.player import Player
from syncer.core.model.run import RunOutcome, RunReport
from syncer.core.notifications.model import (
    SELECTABLE_KINDS,
    MessageKind,
    Recipients,
)
from syncer.store.db.tables import history, messages
from syncer.store.write.writers import Writers
from tests.postgres import Server

from .harness import SyncHarness

ALL = frozenset(SELECTABLE_KINDS)
HOUR = 3600.0


@pytest.fixture(scope="module")
def shared_postgres_url(postgres_server: Server) -> str:
    """Return a database that each test empties: to create one takes longer than most tests."""
    return postgres_server.create_database()


@pytest.fixture(params=["sqlite", "postgres"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SyncHarness]:
    is_sqlite = request.param == "sqlite"
    url = (
        f"sqlite:///{tmp_path / 'syncer.db'}" if is_sqlite else request.getfixturevalue("shared_postgres_url")
    )
    made = SyncHarness(url)
    if not is_sqlite:
        names = ", ".join([*history.tables, "budgets"])
        with made.database.writing() as tx:
            tx.execute(sa.text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    set_services(made, "one-0001")
    yield made
    made.close()


def polled_with_a_service(tmp_path: Path) -> Iterator[SyncHarness]:
    """Yield a player on SQLite after the first poll: the body of a fixture."""
    made = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}")
    set_services(made, "one-0001")
    made.poll()
    yield made
    made.close()


def set_services(home: SyncHarness, *services: str, wanted: frozenset[MessageKind] = ALL) -> None:
    home.writers = Writers.for_database(home.database, Recipients(services, wanted))


def enqueued(home: SyncHarness) -> list[tuple[str, str]]:
    """Return kind and text of all stored messages, the oldest first."""
    with home.database.reading() as tx:
        rows = tx.execute(sa.select(messages.c.kind, messages.c.text).order_by(messages.c.id)).all()
    return [(kind, text) for kind, text in rows]


def kinds(home: SyncHarness) -> list[str]:
    return [kind for kind, _ in enqueued(home)]


def poll_later(home: SyncHarness, seconds: float = 900) -> RunReport:
    home.clock.pass_by(seconds)
    return home.poll()


def find_player(home: SyncHarness) -> Player:
    found = home.writers.players.find_player("Tester", None)
    assert found
    return found


def enqueue_failures(home: SyncHarness, count: int) -> None:
    """Close so many runs that fail and recover in turn: each enqueues a message."""
    for n in range(count):
        outcome, error = (RunOutcome.FAILED, "x") if n % 2 == 0 else (RunOutcome.OK, "")
        run = home.writers.runs.open_run(find_player(home), "test", home.clock.now())
        report = RunReport("Tester", outcome, 0, run, 4, 4, error=error)
        home.writers.runs.close_run(run, report, home.clock.now())
