"""The targets become those of the configuration, and keep what was promised."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from syncer.core.model.player import Target
from syncer.core.model.schedule import DailySchedule, IntervalSchedule
from syncer.core.sync.reconcile import active, reconcile_targets

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
QUARTER, SIX_HOURS = IntervalSchedule(timedelta(minutes=15)), IntervalSchedule(timedelta(hours=6))
SOON, LATE = NOW + timedelta(minutes=5), NOW + timedelta(hours=5)
ONE = Target(1, SOON, SOON, failures=2, interval_seconds=900)


def test_a_new_game_is_due_at_once_and_added_once() -> None:
    assert reconcile_targets([], [7, 7], QUARTER, NOW) == [Target(7, NOW, interval_seconds=900)]


def test_a_target_that_fits_the_configuration_is_unchanged() -> None:
    assert reconcile_targets([ONE], [1], QUARTER, NOW) == [ONE]


def test_a_removed_game_keeps_its_promise_and_its_first_removal() -> None:
    (gone,) = reconcile_targets([ONE], [], QUARTER, NOW)
    assert gone == replace(ONE, removed_at=NOW)
    assert reconcile_targets([gone], [], QUARTER, NOW + timedelta(days=1)) == [gone]
    assert active([gone, ONE]) == [ONE]


def test_a_game_added_again_is_due_at_once_and_keeps_its_promise() -> None:
    (back,) = reconcile_targets([replace(ONE, removed_at=NOW - timedelta(days=7))], [1], SIX_HOURS, NOW)
    assert back == replace(ONE, due_at=NOW, interval_seconds=21600)


def test_a_shorter_interval_makes_targets_due_earlier_and_a_longer_one_does_not() -> None:
    slow = Target(1, LATE, LATE, interval_seconds=21600)
    (pulled,) = reconcile_targets([slow], [1], QUARTER, NOW)
    assert (pulled.due_at, pulled.expected_at) == (NOW + timedelta(minutes=15), LATE)
    (stays,) = reconcile_targets([ONE], [1], SIX_HOURS, NOW)
    assert (stays.due_at, stays.interval_seconds) == (SOON, 21600)


def test_another_time_of_day_applies_at_once_except_to_targets_in_a_backoff() -> None:
    evening, tomorrow = DailySchedule((time(18, 0),), ZoneInfo("UTC")), NOW + timedelta(hours=18)
    morning = Target(1, tomorrow, tomorrow, interval_seconds=86400)
    (moved,) = reconcile_targets([morning], [1], evening, NOW)
    assert moved == replace(morning, due_at=NOW + timedelta(hours=6))
    failing = replace(morning, failures=3)
    assert reconcile_targets([failing], [1], evening, NOW) == [failing]
