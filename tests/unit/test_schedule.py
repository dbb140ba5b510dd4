"""When the next look is promised, and which ids travel together."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from syncer.core.clock import SystemClock, truncate_to_ms
from syncer.core.errors import Cancelled
from syncer.core.model.player import Target
from syncer.core.model.schedule import DailySchedule, IntervalSchedule
from syncer.core.sync.batching import bisect, build_batches, is_due, split_ids

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = DailySchedule((time(2, 30),), BERLIN)


@pytest.mark.parametrize(
    ("after", "then"),
    [
        ("2026-03-27T12:00Z", "2026-03-28T01:30Z"),  # an ordinary night
        ("2026-03-28T12:00Z", "2026-03-29T01:00Z"),  # 02:30 is skipped: the next valid minute
        ("2026-10-24T12:00Z", "2026-10-25T00:30Z"),  # doubled: the first
        ("2026-10-25T00:30Z", "2026-10-26T01:30Z"),  # and only once
    ],
)
def test_a_daily_time_at_both_changes_of_the_clocks(after: str, then: str) -> None:
    assert NIGHT.next(datetime.fromisoformat(after)) == datetime.fromisoformat(then)


def test_intervals() -> None:
    assert DailySchedule((time(6), time(18, 30)), BERLIN).interval == timedelta(hours=11, minutes=30)
    assert NIGHT.interval == timedelta(days=1)
    assert NIGHT.longest > timedelta(days=1)
    assert IntervalSchedule(timedelta(minutes=5)).next(NOW) == NOW + timedelta(minutes=5)


def test_a_promise_beyond_every_rule_of_ours_is_due_now() -> None:
    quarter = IntervalSchedule(timedelta(minutes=15))
    assert not is_due(Target(1, NOW + timedelta(minutes=15)), NOW, quarter)
    assert is_due(Target(1, NOW + timedelta(minutes=16)), NOW, quarter)
    assert not is_due(Target(1, NOW + timedelta(hours=6), failures=5), NOW, quarter)


def test_batches_keep_both_limits() -> None:
    assert split_ids([1, 22, 333], 2, 100) == [(1, 22), (333,)]
    assert split_ids([1, 22, 333], 9, 6) == [(1, 22), (333,)]
    assert split_ids([], 9, 9) == []
    assert bisect((1, 2, 3)) == [(1, 2), (3,)]


def test_missed_targets_travel_in_smaller_company_and_room_is_filled_with_the_next_due() -> None:
    due = [Target(g, NOW, failures=m) for g, m in ((1, 0), (2, 0), (3, 1), (4, 1), (5, 1), (6, 9))]
    later = [Target(7, NOW + timedelta(minutes=9)), Target(8, NOW + timedelta(minutes=3))]
    later += [Target(9, NOW + timedelta(minutes=1), failures=1)]
    assert build_batches([*due, *later], due, 4, 999) == [(1, 2, 8, 7), (3, 4), (5,), (6,)]


def test_a_naive_moment_is_refused_and_milliseconds_are_kept() -> None:
    with pytest.raises(ValueError, match="naive"):
        truncate_to_ms(datetime(2026, 5, 1))  # noqa: DTZ001
    assert truncate_to_ms(NOW.replace(microsecond=123999)).microsecond == 123000


def test_a_stop_ends_every_wait_and_calls_back() -> None:
    clock, called = SystemClock(), []
    clock.on_stop(lambda: called.append("early"))
    clock.stop()
    clock.on_stop(lambda: called.append("late"))
    with pytest.raises(Cancelled):
        clock.wait(60)
    assert called == ["early", "late"]
    assert clock.stopping
