"""Health: which players are fresh, and what a request budget has left."""

from dataclasses import replace
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest

from syncer.core.model.schedule import DailySchedule, IntervalSchedule
from syncer.core.monitoring.health import HealthReport, PlayerHealth, Tolerance
from syncer.core.ratelimit import budget as budget_rules
from syncer.core.ratelimit.budget import BudgetTransition, RateLimits, RequestBudget
from syncer.web.api.monitoring import not_ready_reason
from tests.fakes import START

MINUTE = timedelta(minutes=1)
LIMITS = RateLimits(requests_per_minute=33, burst=3)  # one in two seconds
MAX = PlayerHealth("Max", "Maximilian")
HOUR = 60 * MINUTE


@pytest.mark.parametrize(
    ("ago", "fresh"),
    [
        (timedelta(0), True),
        (45 * MINUTE, True),
        (45 * MINUTE + timedelta(milliseconds=1), False),
        (None, False),  # never
    ],
)
def test_a_player_is_fresh_while_its_account_is_polled_in_time(ago: timedelta | None, fresh: bool) -> None:
    polled = START - ago if ago is not None else None
    health = replace(MAX, last_poll_at=polled, fresh_until=polled and polled + 45 * MINUTE)
    assert health.is_fresh(START) is fresh
    assert health.age(START) == (ago.total_seconds() if ago is not None else None)
    assert HealthReport(START, (health,)).stale_players == ([] if fresh else ["Maximilian"])


@pytest.mark.parametrize(
    ("every", "gap_after", "allowed"),
    [
        (15 * MINUTE, 30 * MINUTE, 45 * MINUTE),
        (15 * MINUTE, 2 * HOUR, 2 * HOUR + 15 * MINUTE),  # no gap yet, so no problem yet
        (2 * HOUR, 30 * MINUTE, 6 * HOUR),  # three intervals
    ],
)
def test_an_account_may_be_three_intervals_late_or_as_late_as_leaves_no_gap(
    every: timedelta, gap_after: timedelta, allowed: timedelta
) -> None:
    assert Tolerance.of(IntervalSchedule(every), gap_after).fresh_for(every) == allowed


def test_after_a_time_of_the_day_a_poll_may_be_half_an_hour_and_gap_after_late() -> None:
    daily = DailySchedule((time(6), time(18)), ZoneInfo("UTC"))
    assert Tolerance.of(daily, 30 * MINUTE).fresh_for(12 * HOUR) == 13 * HOUR


def test_a_game_that_is_overdue_for_an_hour_makes_a_polled_player_stale() -> None:
    polled = replace(MAX, last_poll_at=START, fresh_until=START + HOUR, overdue=3)
    assert polled.is_fresh(START)
    late = replace(polled, neglected=2)
    assert late.is_polled(START)
    assert late.stale_reason(START) == "2 games overdue for an hour"


@pytest.mark.parametrize(
    ("reason", "named"), [("retry_after", True), ("rate_limit", True), ("outage", False)]
)
def test_a_wait_that_the_site_asked_for_is_named_with_its_end(reason: str, named: bool) -> None:
    stale = replace(MAX, last_poll_at=START - 2 * HOUR, fresh_until=START - HOUR)
    waiting = RequestBudget(not_before=START + 30 * MINUTE, wait_reason=reason)
    found = not_ready_reason(lambda: HealthReport(START, (stale,), budgets={"Max": waiting}))
    end = "; the site asked to wait until 2026-05-01T12:30:00.000Z" if named else ""
    assert found == f"Maximilian: not polled for 2 h{end}"


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
