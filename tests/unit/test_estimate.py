"""How much will be asked and stored."""

from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest

from syncer.core.estimate import (
    DEFAULT_CHANGES_PER_DAY,
    RowSize,
    changes_per_day,
    estimated_seconds,
    growth,
    polls_per_day,
)
from syncer.core.model.schedule import DailySchedule, IntervalSchedule
from syncer.core.ratelimit.budget import RateLimits

TWICE = DailySchedule((time(6), time(18, 30)), ZoneInfo("Europe/Berlin"))


def test_looks_a_day() -> None:
    assert polls_per_day(IntervalSchedule(timedelta(minutes=15))) == 96
    assert polls_per_day(TWICE) == 2


def test_what_was_seen_counts_once_it_is_enough() -> None:
    assert changes_per_day(9, 29) == DEFAULT_CHANGES_PER_DAY  # too little to know
    assert changes_per_day(9, 90) == pytest.approx(0.1)


def test_a_year_of_rows() -> None:
    year = growth(500, 0.1, TWICE, RowSize(snapshot=100, run=10))
    assert year.snapshots == pytest.approx(18_250)
    assert year.runs == 730
    assert year.bytes == pytest.approx(18_250 * 100 + 730 * 10)


def test_a_burst_is_free_and_the_rest_is_spaced() -> None:
    limits = RateLimits(30, 3)
    assert estimated_seconds(3, limits) == 0
    assert estimated_seconds(13, limits) == pytest.approx(10 * 60 / 27, abs=0.02)
