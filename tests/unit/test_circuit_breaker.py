"""The circuit breaker of a refused key: when it is tried again."""

from datetime import UTC, datetime, timedelta

import pytest

from syncer.core.errors import Unauthorized
from syncer.core.ratelimit import budget as budget_rules
from syncer.core.ratelimit.budget import RateLimits, RequestBudget
from syncer.core.ratelimit.limiter import RateLimiter
from tests.fakes import FakeClock, MemoryBudget

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def test_a_refused_key_is_tried_after_1_5_and_15_minutes_and_then_hourly() -> None:
    budget, now, trials = budget_rules.on_unauthorized(RequestBudget(), NOW), NOW, []
    for _ in range(6):
        until = budget_rules.circuit_open_until(budget, now)
        assert until is not None
        now = until
        assert budget_rules.circuit_open_until(budget, now) is None
        budget = budget_rules.on_unauthorized(budget_rules.reserve_slot(RateLimits())(budget, now), now)
        trials.append((now - NOW) / timedelta(minutes=1))
    assert trials == [1, 5, 15, 75, 135, 195]
    assert budget_rules.circuit_open_until(budget_rules.on_success(budget, now), now) is None


def test_a_trial_that_comes_late_counts_for_all_before_it() -> None:
    refused = budget_rules.on_unauthorized(RequestBudget(), NOW)
    later = NOW + timedelta(minutes=7)
    assert budget_rules.circuit_open_until(refused, later) is None
    tried = budget_rules.on_unauthorized(budget_rules.reserve_slot(RateLimits())(refused, later), later)
    assert budget_rules.circuit_open_until(tried, later) == NOW + timedelta(minutes=15)


def test_a_refusal_in_the_future_comes_from_a_wrong_clock() -> None:
    ahead = budget_rules.on_unauthorized(RequestBudget(), NOW + timedelta(days=3652))
    assert budget_rules.circuit_open_until(ahead, NOW) is None
    assert budget_rules.on_unauthorized(ahead, NOW).refused_at == NOW


@pytest.mark.parametrize(("after", "sent"), [(timedelta(0), True), (timedelta(minutes=5), False)])
def test_a_refused_key_is_tried_at_once_if_its_last_trial_is_long_enough_ago(
    after: timedelta, sent: bool
) -> None:
    clock = FakeClock()
    limiter = RateLimiter(MemoryBudget(clock), RateLimits(30, 3), clock)
    limiter.apply(budget_rules.on_unauthorized)
    clock.pass_by(59)
    limiter.try_at_once(after)
    assert (limiter.refused_until(limiter.read(), clock.now()) is None) == sent
    for expected in (sent, False):  # one request only
        try:
            limiter.acquire()
        except Unauthorized:
            assert not expected
        else:
            assert expected


def test_a_key_that_is_not_refused_needs_no_trial() -> None:
    clock = FakeClock()
    limiter = RateLimiter(MemoryBudget(clock), RateLimits(30, 3), clock)
    limiter.try_at_once()
    limiter.apply(budget_rules.on_unauthorized)
    with pytest.raises(Unauthorized):
        limiter.acquire()
