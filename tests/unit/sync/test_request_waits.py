"""How runs wait for the request budget, and what it lets through."""

from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.core.errors import (
    Deferred,
)
from syncer.core.model.run import RunOutcome
from syncer.core.ratelimit import budget as budget_rules
from syncer.core.ratelimit.limiter import RateLimiter
from tests.fakes import START, FakeClock, MemoryBudget

from .harness import MINUTE, MemoryHarness


def test_a_short_retry_after_is_waited_for_and_a_long_one_defers_the_run(home: MemoryHarness) -> None:
    home.clock.pass_by(900)
    home.source.limiter.apply(budget_rules.on_retry_after(45, Random(1)))
    assert home.poll().outcome is RunOutcome.OK
    assert 45.0 in home.clock.waits
    home.source.limiter.apply(budget_rules.on_retry_after(600, Random(1)))
    report = home.poll()
    assert (report.outcome, report.exit_code, home.source.asked) == (RunOutcome.DEFERRED, 75, [])
    assert home.poll(10 * MINUTE).outcome is RunOutcome.OK


def test_a_refused_key_is_tried_after_minutes_by_the_daemon_and_at_once_by_a_command(
    home: MemoryHarness,
) -> None:
    home.source.limiter.apply(budget_rules.on_unauthorized)
    assert (home.poll(MINUTE * 0.9).exit_code, home.source.asked) == (77, [])
    home.source.limiter.interactive = True
    assert home.poll().outcome is RunOutcome.OK
    home.source.limiter.interactive = False
    home.source.limiter.apply(budget_rules.on_unauthorized)
    assert home.poll(MINUTE).outcome is RunOutcome.OK


def test_a_command_may_probe_an_outage_but_keeps_a_retry_after(home: MemoryHarness) -> None:
    home.source.limiter.interactive = True
    home.source.limiter.apply(budget_rules.on_outage(600, Random(1)))
    assert home.poll().outcome is RunOutcome.OK
    home.source.limiter.apply(budget_rules.on_retry_after(600, Random(1)))
    assert home.poll().outcome is RunOutcome.DEFERRED


def test_a_block_that_another_process_stores_meanwhile_is_kept() -> None:
    clock, other = FakeClock(), FakeClock()
    store = MemoryBudget(clock)
    limiter = RateLimiter(store, budget_rules.RateLimits(30, 1), clock)
    limiter.acquire()

    class BlockedMeanwhile(FakeClock):
        def wait(self, seconds: float) -> None:
            super().wait(seconds)
            store.seen_by(other).apply(budget_rules.on_retry_after(3600, Random(1)))

    waiting = BlockedMeanwhile()
    with pytest.raises(Deferred):
        RateLimiter(store.seen_by(waiting), budget_rules.RateLimits(30, 1), waiting).acquire()


def max_in_a_minute(sent: list[datetime]) -> int:
    return max(sum(first <= moment < first + MINUTE for moment in sent) for first in sent)


def departures(limits: budget_rules.RateLimits, pauses: list[list[float]]) -> list[datetime]:
    """Return when requests leave. One process per list, whose values are the pauses after each request."""
    stored = [budget_rules.RequestBudget()]
    clocks = [FakeClock() for _ in pauses]
    limiters = [RateLimiter(MemoryBudget(clock, stored), limits, clock) for clock in clocks]
    left = [iter(pause) for pause in pauses]
    sent, running = [], set(range(len(pauses)))
    while running:
        process = min(running, key=lambda n: clocks[n].moment)
        pause = next(left[process], None)
        if pause is None:
            running.remove(process)
            continue
        limiters[process].acquire()
        sent.append(clocks[process].now())
        clocks[process].pass_by(pause)
    return sorted(sent)


@pytest.mark.parametrize(("rpm", "burst"), [(30, 3), (30, 1), (60, 20), (10, 5), (2, 1)])
def test_four_processes_together_stay_within_the_budget_of_a_minute(rpm: int, burst: int) -> None:
    sent = departures(budget_rules.RateLimits(rpm, burst), [[0.0] * 40] * 4)
    assert len(sent) == 160
    assert max_in_a_minute(sent) <= rpm
    assert sent[burst - 1] == START  # the burst leaves at once


def test_the_limiter_delays_no_request_longer_than_needed() -> None:
    limits = budget_rules.RateLimits(30, 3)
    sent = departures(limits, [[0.0] * 40] * 4)
    assert sent[-1] - START <= limits.spacing * (160 - limits.burst) + timedelta(seconds=1)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.floats(0, 90), min_size=1, max_size=30), min_size=1, max_size=4),
    st.tuples(st.integers(2, 60), st.integers(1, 20)).filter(lambda n: n[1] < n[0]),
)
def test_no_pattern_of_arrivals_exceeds_the_budget(
    pauses: list[list[float]], numbers: tuple[int, int]
) -> None:
    sent = departures(budget_rules.RateLimits(*numbers), pauses)
    assert max_in_a_minute(sent) <= numbers[0]


@pytest.mark.parametrize(("rpm", "burst", "processes"), [(10, 9, 4), (21, 20, 1), (2, 1, 12)])
def test_a_long_queue_stays_within_the_budget(rpm: int, burst: int, processes: int) -> None:
    sent = departures(budget_rules.RateLimits(rpm, burst), [[0.0] * 40] * processes)
    assert max_in_a_minute(sent) <= rpm
