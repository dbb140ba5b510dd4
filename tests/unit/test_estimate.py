"""How much will be asked and stored."""

from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest

from syncer.core.estimate import CHANGES_A_DAY, Weight, changes_a_day, growth, looks_a_day, seconds_needed
from syncer.core.model.schedule import Daily, Every
from syncer.core.ratelimit.budget import Limits

TWICE = Daily((time(6), time(18, 30)), ZoneInfo("Europe/Berlin"))


def test_looks_a_day() -> None:
    assert looks_a_day(Every(timedelta(minutes=15))) == 96
    assert looks_a_day(TWICE) == 2


def test_what_was_seen_counts_once_it_is_enough() -> None:
    assert changes_a_day(9, 29) == CHANGES_A_DAY  # too little to know
    assert changes_a_day(9, 90) == pytest.approx(0.1)


def test_a_year_of_rows() -> None:
    year = growth(500, 0.1, TWICE, Weight(snapshot=100, run=10))
    assert year.snapshots == pytest.approx(18_250)
    assert year.runs == 730
    assert year.bytes == pytest.approx(18_250 * 100 + 730 * 10)


def test_a_burst_is_free_and_the_rest_is_spaced() -> None:
    limits = Limits(30, 3)
    assert seconds_needed(3, limits) == 0
    assert seconds_needed(13, limits) == pytest.approx(10 * 60 / 27, abs=0.02)
