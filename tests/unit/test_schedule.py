"""When the next poll is promised, by an interval or at times of the day."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from syncer.core.model.schedule import DailySchedule, IntervalSchedule

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = DailySchedule((time(2, 30),), BERLIN)


@pytest.mark.parametrize(
    ("after", "then"),
    [
        ("2026-03-27T12:00Z", "2026-03-28T01:30Z"),  # an ordinary night
        ("2026-03-28T12:00Z", "2026-03-29T01:00Z"),  # 02:30 is skipped: the next valid minute
        ("2026-10-24T12:00Z", "2026-10-25T00:30Z"),  # repeated: the first one
        ("2026-10-25T00:30Z", "2026-10-26T01:30Z"),  # and only once
    ],
)
def test_a_daily_time_when_the_clocks_change(after: str, then: str) -> None:
    assert NIGHT.next(datetime.fromisoformat(after)) == datetime.fromisoformat(then)


def test_the_interval_of_a_schedule_is_its_shortest_pause() -> None:
    assert DailySchedule((time(6), time(18, 30)), BERLIN).interval == timedelta(hours=11, minutes=30)
    assert NIGHT.interval == timedelta(days=1)
    assert NIGHT.longest > timedelta(days=1)
    assert IntervalSchedule(timedelta(minutes=5)).next(NOW) == NOW + timedelta(minutes=5)
