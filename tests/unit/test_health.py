"""Health: which players are fresh, and what a request budget has left."""

from dataclasses import replace
from datetime import timedelta

import pytest

from syncer.core.monitoring.health import HealthReport, PlayerHealth
from syncer.core.ratelimit import budget as budget_rules
from syncer.core.ratelimit.budget import BudgetTransition, RateLimits, RequestBudget
from syncer.web.api.monitoring import not_ready_reason
from tests.fakes import START

MINUTE = timedelta(minutes=1)
LIMITS = RateLimits(requests_per_minute=33, burst=3)  # one in two seconds
EVERY_QUARTER = PlayerHealth("Max", "Maximilian", longest_interval=15 * MINUTE)


@pytest.mark.parametrize(
    ("ago", "fresh"),
    [
        (timedelta(0), True),
        (45 * MINUTE - timedelta(milliseconds=1), True),
        (45 * MINUTE, False),  # three intervals
        (None, False),  # never
    ],
)
def test_a_player_is_fresh_for_three_intervals(ago: timedelta | None, fresh: bool) -> None:
    health = replace(EVERY_QUARTER, last_poll_at=START - ago if ago is not None else None)
    assert health.is_fresh(START) is fresh
    assert health.age(START) == (ago.total_seconds() if ago is not None else None)
    assert HealthReport(START, (health,)).stale_players == ([] if fresh else ["Maximilian"])


def budget(*rules: BudgetTransition) -> RequestBudget:
    made = RequestBudget()
    for rule in rules:
        made = rule(made, START)
    return made


@pytest.mark.parametrize(
    ("rules", "left", "seconds"),
    [
        ([], 3, 0),
        ([budget_rules.reserve_slot(LIMITS)], 2, 0),
        ([budget_rules.reserve_slot(LIMITS)] * 3, 0, 2),  # the burst is used up
        ([budget_rules.reserve_slot(LIMITS)] * 5, 0, 6),
        ([lambda b, now: replace(b, not_before=now + MINUTE)], 0, 60),  # a Retry-After
        ([budget_rules.on_unauthorized], 0, 60),  # the circuit breaker, until the first trial
    ],
)
def test_a_budget_after_requests_and_refusals(
    rules: list[BudgetTransition], left: int, seconds: float
) -> None:
    found = budget(*rules)
    assert budget_rules.burst_left(found, START, LIMITS) == left
    assert budget_rules.wait_time(found, START, LIMITS) == timedelta(seconds=seconds)


def test_a_budget_recovers_with_time() -> None:
    used = budget(*[budget_rules.reserve_slot(LIMITS)] * 3)
    assert [
        budget_rules.burst_left(used, START + timedelta(seconds=s), LIMITS) for s in (1.9, 2, 3.9, 4, 6, 600)
    ] == [*(0, 1, 1, 2, 3, 3)]


def test_a_player_who_follows_nothing_makes_the_service_unready_with_the_reason() -> None:
    problem = "the listing had rows and none could be read; nothing is followed"
    report = HealthReport(START, (PlayerHealth("Tester", "Tester", problem=problem),))
    assert report.stale_players == ["Tester"]
    assert not_ready_reason(lambda: report) == f"Tester: {problem}"
