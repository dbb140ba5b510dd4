"""How soon polls must follow, and which targets are due by it."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from syncer.core.model.player import Target
from syncer.core.model.schedule import DailySchedule, IntervalSchedule, Schedule
from syncer.core.polling.promise import Promise, due_targets, next_poll_at, promise_of
from syncer.core.ports import TrackedPlayer

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
QUARTER = IntervalSchedule(15 * MINUTE)
TWICE = DailySchedule((time(6), time(18, 30)), ZoneInfo("UTC"))


def target(game: int, ago: timedelta, promised: int = 900, due_at: datetime | None = None) -> Target:
    return Target(game, due_at, promised, last_seen_at=NOW - ago)


@pytest.mark.parametrize(
    ("schedule", "idle_every", "targets", "seconds"),
    [
        (QUARTER, None, 10_000, 900),  # as the setting asks: everything each time
        (QUARTER, 15 * MINUTE, 10_000, 900),
        (QUARTER, DAY, 100, 900),  # one batch holds them all
        (QUARTER, DAY, 101, 86_400),
        (TWICE, DAY, 10_000, 23_400),  # to 18:30
    ],
)
def test_the_promise_depends_on_whether_one_batch_holds_all_targets(
    schedule: Schedule, idle_every: timedelta | None, targets: int, seconds: int
) -> None:
    tracked = TrackedPlayer("Tester", None, (), schedule, 30 * MINUTE, idle_every=idle_every)
    assert promise_of(tracked, targets).seconds_after(NOW) == seconds


@pytest.mark.parametrize(
    ("every", "idle_every", "targets", "seconds"),
    [
        (15 * MINUTE, DAY, 100, 75 * 60),
        (15 * MINUTE, DAY, 101, 86_400),
        (15 * MINUTE, 30 * MINUTE, 100, 30 * 60),
        (15 * MINUTE, 15 * MINUTE, 100, 900),  # as the setting asks: everything each time
        (120 * MINUTE, DAY, 100, 7_200),
    ],
)
def test_played_games_that_one_batch_holds_are_all_polled_about_once_an_hour(
    every: timedelta, idle_every: timedelta, targets: int, seconds: int
) -> None:
    schedule = IntervalSchedule(every)
    tracked = TrackedPlayer("Tester", None, (), schedule, 30 * MINUTE, played=True, idle_every=idle_every)
    assert promise_of(tracked, targets).seconds_after(NOW) == seconds


@pytest.mark.parametrize(("played", "seconds"), [(True, 86_400), (False, 900)])
def test_until_all_played_games_were_listed_the_first_few_promise_what_thousands_can_keep(
    played: bool, seconds: int
) -> None:
    tracked = TrackedPlayer("Tester", None, (), QUARTER, 30 * MINUTE, played=played, idle_every=DAY)
    assert promise_of(tracked, 50, is_listed=False).seconds_after(NOW) == seconds


def test_a_longer_promise_begins_with_the_next_poll_and_a_shorter_one_at_once() -> None:
    quiet = Promise(QUARTER, DAY)
    assert next_poll_at(target(1, MINUTE), quiet) == NOW + 14 * MINUTE
    assert next_poll_at(target(1, MINUTE, 86_400), quiet) == NOW + DAY - MINUTE
    assert next_poll_at(target(1, MINUTE, 86_400), Promise(QUARTER)) == NOW + 14 * MINUTE
    assert next_poll_at(Target(1), quiet) is None


def test_a_run_takes_what_the_run_before_has_polled_some_minutes_later() -> None:
    first, last, failing = target(1, 15 * MINUTE), target(2, 10 * MINUTE), target(3, DAY, 900, NOW + MINUTE)
    assert [t.game_id for t in due_targets([first, last, failing], NOW, Promise(QUARTER))] == [1, 2]
    assert due_targets([last], NOW, Promise(QUARTER)) == []


def test_a_target_that_is_polled_again_early_takes_no_others_with_it() -> None:
    suspect, other = target(1, 10 * MINUTE, 900, NOW), target(2, 10 * MINUTE)
    assert due_targets([suspect, other], NOW, Promise(QUARTER)) == [suspect]


def test_a_poll_may_be_some_seconds_early_so_that_a_timer_of_the_machine_misses_none() -> None:
    late = target(1, 15 * MINUTE - timedelta(seconds=29))
    assert due_targets([late], NOW, Promise(QUARTER)) == [late]
    assert due_targets([late], NOW - timedelta(seconds=2), Promise(QUARTER)) == []
