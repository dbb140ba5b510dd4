"""The n-th statement of a run fails, for n = 1, 2, … until a run passes: as SQLite tests itself."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from syncer.core.errors import StoreError
from syncer.core.model.run import RunOutcome
from syncer.store.admin.integrity import check
from tests.edges.harness import SyncHarness

from .invariants import assert_healed, assert_sound, changes

MAX_REQUESTS = 3  # of a run of four games in one batch: each attempt is counted
LAST = 1000  # more than a run has statements


def driver_error(dialect: str) -> sa.exc.OperationalError:
    """Return what SQLAlchemy raises where the disk, or the server, fails."""
    error: Exception = psycopg.errors.AdminShutdown("terminating connection")
    if dialect == "sqlite":
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorname = "SQLITE_IOERR_WRITE"
    return sa.exc.OperationalError("a statement", None, error)


@contextmanager
def failing(dialect: str, fails: Callable[[int], bool]) -> Iterator[list[str]]:
    """Let statements and commits fail by their number; yield what was executed."""
    seen: list[str] = []

    def on_statement(_: Any, __: Any, statement: str, *___: Any) -> None:
        seen.append(statement)
        if fails(len(seen)):
            raise driver_error(dialect)

    def on_commit(_: Any) -> None:
        on_statement(None, None, "COMMIT")

    sa.event.listen(sa.Engine, "before_cursor_execute", on_statement)
    sa.event.listen(sa.Engine, "commit", on_commit)
    try:
        yield seen
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", on_statement)
        sa.event.remove(sa.Engine, "commit", on_commit)


def outcome_of(home: SyncHarness) -> RunOutcome | None:
    """Run; return how it ended by its own report. None: it raised the error of the database."""
    try:
        return home.poll().outcome
    except StoreError:
        return None


def run_while_it_fails(home: SyncHarness, fails: Callable[[int], bool]) -> int:
    """Unlock something, run, check, and let the next run heal. Return how many statements there were."""
    dialect = home.database.writer.dialect.name
    before, requests = changes(home), home.source.requests
    home.clock.pass_by(900)
    home.world.earn("Tester", home.games[requests % 4], 1, home.clock.now())
    with failing(dialect, fails) as seen:
        outcome = outcome_of(home)
    assert home.source.requests - requests <= MAX_REQUESTS
    assert_sound(home)
    if outcome is RunOutcome.OK:  # then it has done what it says
        assert changes(home) == (before[0] + 1, before[1] + 1)
    assert_healed(home)
    assert changes(home) == (before[0] + 1, before[1] + 1)
    return len(seen)


@pytest.fixture
def long_home(home: SyncHarness) -> SyncHarness:
    """A player of four games with more achievements than statements can fail."""
    home.games = (11, 12, 13, 14)
    for game in home.games:
        home.world.add_game(f"Game {game}", [5] * 200, game_id=game)
    home.poll()
    return home


# On PostgreSQL each takes longer.
STEPS = {"sqlite": {"once": 1, "from then on": 4}, "postgresql": {"once": 9, "from then on": 9}}


def fail_each(home: SyncHarness, how: str, step: int) -> None:
    """Fail one statement after the other, until a run has fewer."""
    lasts = how == "from then on"
    for n in range(1, LAST, step):
        if run_while_it_fails(home, lambda number, n=n: number >= n if lasts else number == n) < n:  # type: ignore[misc]
            break
    assert 40 < n < LAST
    assert check(home.database) == []


@pytest.mark.parametrize("how", ["once", "from then on"])
def test_d11_a_run_heals_whichever_statement_fails(long_home: SyncHarness, how: str) -> None:
    fail_each(long_home, how, STEPS[long_home.database.writer.dialect.name][how])


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("how", ["once", "from then on"])
def test_d11_a_run_heals_when_any_statement_fails(long_home: SyncHarness, how: str) -> None:
    fail_each(long_home, how, 1)
