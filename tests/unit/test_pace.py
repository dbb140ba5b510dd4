"""The budget: pure arithmetic, and what it promises."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.core import pace
from syncer.core.errors import Deferred
from syncer.core.pace import Budget, Limits

from ..fakes import FakeClock, MemoryBudget

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@given(st.lists(st.floats(0, 20), min_size=1, max_size=120), st.integers(10, 60), st.integers(1, 5))
def test_no_sliding_minute_holds_more_than_the_budget(pauses: list[float], rpm: int, burst: int) -> None:
    limits, budget, now, left = Limits(rpm, burst), Budget(), NOW, []
    for pause in pauses:
        now += timedelta(seconds=pause if pause > 10 else 0)
        left.append(pace.slot(budget, now, limits))
        budget = pace.take_slot(limits)(budget, now)
    left.sort()
    for first in left:
        assert sum(first <= moment < first + 60 * SECOND for moment in left) <= rpm


def test_a_gate_waits_for_its_slot_and_for_a_short_wish() -> None:
    clock = FakeClock(NOW)
    gate = pace.Gate(MemoryBudget(clock), Limits(30, 3), clock)
    for _ in range(4):
        gate.take()
    assert clock.moment - NOW == Limits(30, 3).spacing
    gate.apply(pace.told_to_wait(50, Random(1)))
    began = clock.moment
    gate.take()
    assert clock.moment - began >= 50 * SECOND
    gate.apply(pace.told_to_wait(50, Random(1)))
    with pytest.raises(Deferred):
        gate.take()  # sixty seconds in all is our patience
    gate.renew_patience()
    gate.take()


@pytest.mark.parametrize(
    ("asked", "waits", "reason"),
    [
        (2.0, 2, "retry_after"),
        (0.3, 1, "retry_after"),  # never sleep nothing
        (999999.0, 86400, "retry_after"),  # a day at most
    ],
)
def test_what_the_site_asks_is_done(asked: float, waits: int, reason: str) -> None:
    found = pace.told_to_wait(asked, Random(1))(Budget(), NOW)
    assert (found.not_before, found.wait_reason) == (NOW + waits * SECOND, reason)


def test_without_a_number_our_own_wait_doubles_up_to_an_hour() -> None:
    budget, waits = Budget(), []
    for _ in range(8):
        budget = pace.told_to_wait(None, Random(1))(budget, NOW)
        assert budget.not_before is not None
        waits.append((budget.not_before - NOW).total_seconds())
    assert waits == sorted(waits)
    assert 60 <= waits[0] <= 75
    assert waits[-1] == 3600


def test_a_longer_wish_outlives_our_own_back_off() -> None:
    told = pace.told_to_wait(7200, Random(1))(Budget(), NOW)
    later = pace.outage(60, Random(1))(told, NOW)
    assert later.not_before == told.not_before
    assert pace.answered(later, NOW).not_before == told.not_before
    assert pace.answered(later, NOW + timedelta(hours=3)).not_before is None


def test_a_person_may_probe_an_outage_and_a_refused_key_but_not_the_sites_wish() -> None:
    out = pace.outage(60, Random(1))(Budget(), NOW)
    assert pace.must_wait_until(out, NOW) is not None
    assert pace.must_wait_until(out, NOW, typed=True) is None
    told = pace.told_to_wait(600, Random(1))(Budget(), NOW)
    assert pace.must_wait_until(told, NOW, typed=True) is not None


def test_the_breaker_opens_for_an_hour_and_a_wrong_clock_does_not_lock_it() -> None:
    budget = pace.refused(Budget(), NOW)
    assert pace.breaker_open_until(budget, NOW + 59 * 60 * SECOND)
    assert pace.breaker_open_until(budget, NOW + 3601 * SECOND) is None
    assert pace.breaker_open_until(budget, NOW - timedelta(days=3652)) is None
    assert pace.breaker_open_until(pace.answered(budget, NOW), NOW) is None


def test_a_414_halves_the_batch_for_a_week() -> None:
    budget = pace.too_long(100)(Budget(), NOW)
    assert pace.batch_limit(budget, NOW, 100) == 50
    assert pace.batch_limit(budget, NOW + timedelta(days=8), 100) == 100
    assert pace.batch_limit(Budget(), NOW, 100) == 100


def test_waiting_times_far_ahead_come_from_a_wrong_clock() -> None:
    odd = Budget(next_free_at=NOW + timedelta(days=3652), not_before=NOW + timedelta(days=3652))
    assert pace.must_wait_until(odd, NOW) is None
    assert pace.slot(odd, NOW, Limits()) == NOW
