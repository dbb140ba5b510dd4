"""A setting `every` that becomes `at`, or the reverse: what was promised before the restart is kept."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from syncer.core.errors import BatchError
from syncer.core.model.schedule import DailySchedule, IntervalSchedule, Schedule
from syncer.store.db.account_tables import account_polls

from .harness import START
from .play_harness import MINUTE, PlayHarness

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
GAP_AFTER, STEP = 30 * MINUTE, 5 * MINUTE
EVERY = IntervalSchedule(15 * MINUTE)
AT = DailySchedule((time(6), time(18)), ZoneInfo("UTC"))


@pytest.fixture
def home(database_url: str) -> Iterator[PlayHarness]:
    made = PlayHarness(database_url)
    made.world.play("Tester", 1, START - 20 * DAY)
    yield made
    made.close()


def restart(home: PlayHarness, schedule: Schedule, batch_size: int) -> None:
    """Use a schedule; a batch holds all three games, or fewer."""
    home.schedule, home.batch_size = schedule, batch_size
    home.idle_every = DAY if isinstance(schedule, IntervalSchedule) else None


def account(home: PlayHarness) -> tuple[datetime, int]:
    """Return when the account was polled last, and what was promised then."""
    ((at, seconds),) = home.rows(account_polls, "last_seen_at", "promised_seconds")
    return at, seconds


@pytest.mark.on_postgres
@pytest.mark.parametrize("batch_size", [2, 100])
def test_an_account_polled_each_quarter_of_an_hour_is_polled_once_more_in_time(
    home: PlayHarness, batch_size: int
) -> None:
    restart(home, EVERY, batch_size)
    home.poll()
    home.wait(2 * HOUR + 7 * MINUTE, STEP)
    before, _ = account(home)
    restart(home, AT, batch_size)
    home.wait(15 * MINUTE)
    at, promised = account(home)
    assert before < at <= before + 15 * MINUTE
    assert at + timedelta(seconds=promised) >= START.replace(hour=18)
    requests = home.source.requests
    home.wait(START.replace(hour=18) - home.clock.moment - MINUTE, STEP)
    assert home.source.requests == requests  # only the first poll comes between the times of the day
    home.wait(HOUR, STEP)
    assert account(home)[0] >= START.replace(hour=18)
    assert home.queries.account_polls.gaps(1, home.clock.now(), GAP_AFTER) == []


@pytest.mark.parametrize("batch_size", [2, 100])
def test_an_account_polled_at_times_of_the_day_is_polled_at_once_and_each_quarter_of_an_hour(
    home: PlayHarness, batch_size: int
) -> None:
    restart(home, AT, batch_size)
    home.poll()
    home.wait(3 * HOUR, STEP)
    restart(home, EVERY, batch_size)
    home.wait(MINUTE)
    at, promised = account(home)
    assert at >= home.clock.now() - MINUTE
    assert promised == 900
    home.wait(4 * HOUR, STEP)
    assert home.queries.account_polls.gaps(1, home.clock.now(), GAP_AFTER) == []


def test_games_that_fail_start_no_runs_after_the_change(home: PlayHarness) -> None:
    restart(home, EVERY, 2)
    home.poll()
    home.source.poison, home.source.poisoned = {1, 2, 3}, BatchError("500")
    home.wait(2 * HOUR, STEP)
    restart(home, AT, 2)
    before = home.source.requests
    home.wait(3 * HOUR, STEP)
    assert home.source.requests - before <= 6
