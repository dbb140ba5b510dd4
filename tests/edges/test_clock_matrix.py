"""The machine's clock is set, by a person, by time sync or by another system: what is recorded stays right.

Each step of the clock comes at a start of the process, or while it runs; the site's answers have a Date
header, or none. On PostgreSQL in the soak: the rules are in the core.
"""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from syncer.core.model.run import RunOutcome
from syncer.run.startup import recover_interrupted
from syncer.store.admin.integrity import check
from syncer.store.db.engine import Database
from tests.migrated import prepare

from .clock_harness import MINUTE, SECOND, STEPS, ClockHarness
from .demo.hand_clock import NOON

HOUR = timedelta(hours=1)


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database without rows: copying it is faster than creating it."""
    path = tmp_path_factory.mktemp("clock") / "syncer.db"
    database = Database(f"sqlite:///{path}")
    prepare(database, NOON)
    database.close()
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.soak)])
def home(request: pytest.FixtureRequest, tmp_path: Path, empty_file: Path) -> Iterator[ClockHarness]:
    """A player who was polled for half an hour by a clock that is right."""
    url = f"sqlite:///{shutil.copy(empty_file, tmp_path)}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_server").create_database()
    made = ClockHarness(url, tmp_path)
    made.live(HOUR / 2)
    assert made.gaps() == []
    yield made
    assert check(made.app.database) == []
    made.close()


def assert_polled_on(home: ClockHarness) -> None:
    """Assert that polls are in time, that no row is in the future, and that no gap was invented."""
    assert home.later_than(home.now + SECOND) == []
    assert home.gaps() == []
    assert all(home.now - at <= 20 * MINUTE for at in home.newest_polls())


def live_with_a_wrong_clock(home: ClockHarness, off: timedelta, *, running: bool) -> None:
    """Set the clock, earn an achievement, and let time sync set it right after an hour."""
    home.set_clock(off, running=running)
    home.live(10 * MINUTE)
    assert home.later_than(home.now + SECOND) == []
    home.earn(1)
    earned = home.now
    home.live(40 * MINUTE)
    assert_polled_on(home)
    home.set_clock(timedelta(0), running=True)
    home.live(40 * MINUTE)
    assert_polled_on(home)
    assert earned <= home.first_seen(1)[1] <= earned + 20 * MINUTE


@pytest.mark.parametrize("running", [False, True], ids=["at start", "while running"])
@pytest.mark.parametrize("step", STEPS)
def test_with_a_date_header_a_step_of_the_clock_changes_nothing(
    home: ClockHarness, step: str, running: bool
) -> None:
    live_with_a_wrong_clock(home, STEPS[step], running=running)
    assert all(report.outcome is RunOutcome.OK for report in home.reports)


@pytest.mark.parametrize("step", STEPS)
def test_without_a_date_header_a_step_while_running_changes_nothing(home: ClockHarness, step: str) -> None:
    home.server.fault = "date_missing"
    home.restart()
    home.live(15 * MINUTE)
    live_with_a_wrong_clock(home, STEPS[step], running=True)
    assert all(report.outcome is RunOutcome.OK for report in home.reports)


@pytest.mark.parametrize("step", ["-1 h", "1970"])
def test_without_a_date_header_a_clock_that_is_slow_at_start_stores_nothing_until_it_is_right(
    home: ClockHarness, step: str
) -> None:
    home.server.fault = "date_missing"
    before = home.newest_polls()
    home.set_clock(STEPS[step], running=False)
    home.live(20 * MINUTE)
    assert home.newest_polls() == before
    assert home.reports[-1].outcome is RunOutcome.FAILED
    home.set_clock(timedelta(0), running=True)
    home.wake()
    assert_polled_on(home)
    assert home.newest_polls() > before


@pytest.mark.parametrize("step", [name for name, off in STEPS.items() if off > timedelta(0)])
def test_rows_that_a_fast_clock_has_stamped_do_not_block(home: ClockHarness, step: str) -> None:
    """Without a Date header a clock that is fast at start cannot be told from one that is right."""
    home.server.fault = "date_missing"
    home.set_clock(STEPS[step], running=False)
    home.live(15 * MINUTE)
    ahead, first, invented = home.newest_polls(), len(home.first_seen(1)), len(home.gaps())
    assert ahead[0] > home.now
    home.server.fault = None
    home.set_clock(timedelta(0), running=False)
    home.earn(1)
    home.live(HOUR / 2)
    assert home.reports[-1].outcome is RunOutcome.OK
    assert f"up to {ahead[0]:%Y-%m-%d %H:%M} UTC" in home.reports[-1].error
    assert len(home.first_seen(1)) == first + 1
    assert home.first_seen(1)[-1] == ahead[0] + timedelta(milliseconds=1)
    assert len(home.gaps()) == invented


def test_polls_are_stamped_by_the_present_again_once_it_has_passed_such_rows(home: ClockHarness) -> None:
    home.server.fault = "date_missing"
    home.set_clock(HOUR, running=False)
    home.live(5 * MINUTE)
    home.server.fault = None
    home.set_clock(timedelta(0), running=False)
    home.live(2 * HOUR)
    assert home.later_than(home.now + SECOND) == []
    assert all(home.now - at <= 20 * MINUTE for at in home.newest_polls())


def test_what_a_start_with_a_fast_clock_has_stamped_before_the_first_answer_is_corrected(
    home: ClockHarness,
) -> None:
    """A killed process left a run open, and the configuration has another game since."""
    home.app.writers.runs.open_run(home.app.writers.players.find_player("Tester", None), "schedule", home.now)
    home.games = (1, 2)
    home.set_clock(13 * HOUR, running=False)
    recover_interrupted(home.app)
    home.live(HOUR)
    assert home.later_than(home.now + SECOND) == []
    assert home.gaps() == []
