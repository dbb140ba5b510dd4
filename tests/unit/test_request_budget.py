"""The request budget: the rate limit, blocks, the circuit breaker and the limit of ids."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.core.clock import truncate_to_ms
from syncer.core.errors import Deferred
from syncer.core.ratelimit import budget as budget_rules
from syncer.core.ratelimit.budget import RateLimits, RequestBudget
from syncer.core.ratelimit.limiter import RateLimiter
from tests.fakes import FakeClock, MemoryBudget

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@given(st.lists(st.floats(0, 20), min_size=1, max_size=120), st.integers(10, 60), st.integers(1, 5))
def test_no_sliding_minute_holds_more_than_the_budget(pauses: list[float], rpm: int, burst: int) -> None:
    limits, budget, now, sent = RateLimits(rpm, burst), RequestBudget(), NOW, []
    for pause in pauses:
        now += timedelta(seconds=pause if pause > 10 else 0)
        sent.append(budget_rules.next_slot_at(budget, now, limits))
        budget = budget_rules.reserve_slot(limits)(budget, now)
    sent.sort()
    for first in sent:
        assert sum(first <= moment < first + 60 * SECOND for moment in sent) <= rpm


def test_the_limiter_waits_for_its_slot_and_for_a_short_retry_after() -> None:
    clock = FakeClock(NOW)
    limiter = RateLimiter(MemoryBudget(clock), RateLimits(30, 3), clock)
    for _ in range(4):
        limiter.acquire()
    assert clock.moment - NOW == RateLimits(30, 3).spacing
    limiter.apply(budget_rules.on_retry_after(50, Random(1)))
    began = clock.moment
    limiter.acquire()
    assert clock.moment - began >= 50 * SECOND
    limiter.apply(budget_rules.on_retry_after(50, Random(1)))
    with pytest.raises(Deferred):
        limiter.acquire()  # beyond the wait allowance of sixty seconds
    limiter.reset_wait_allowance()
    limiter.acquire()


@pytest.mark.parametrize(
    ("seconds", "waits", "reason"),
    [
        (2.0, 2, "retry_after"),
        (0.3, 1, "retry_after"),  # one second at least
        (999999.0, 86400, "retry_after"),  # a day at most
    ],
)
def test_a_retry_after_blocks_the_key_for_at_most_a_day(seconds: float, waits: int, reason: str) -> None:
    found = budget_rules.on_retry_after(seconds, Random(1))(RequestBudget(), NOW)
    assert (found.not_before, found.wait_reason) == (NOW + waits * SECOND, reason)


def test_without_a_number_the_wait_doubles_up_to_an_hour() -> None:
    budget, waits = RequestBudget(), []
    for _ in range(8):
        budget = budget_rules.on_retry_after(None, Random(1))(budget, NOW)
        assert budget.not_before is not None
        waits.append((budget.not_before - NOW).total_seconds())
    assert waits == sorted(waits)
    assert 60 <= waits[0] <= 75
    assert waits[-1] == 3600


def test_a_longer_retry_after_is_kept_in_a_backoff() -> None:
    blocked = budget_rules.on_retry_after(7200, Random(1))(RequestBudget(), NOW)
    later = budget_rules.on_outage(60, Random(1))(blocked, NOW)
    assert later.not_before == blocked.not_before
    assert budget_rules.on_success(later, NOW).not_before == blocked.not_before
    assert budget_rules.on_success(later, NOW + timedelta(hours=3)).not_before is None


def test_an_interactive_command_skips_a_backoff_but_no_retry_after() -> None:
    out = budget_rules.on_outage(60, Random(1))(RequestBudget(), NOW)
    assert budget_rules.blocked_until(out, NOW) is not None
    assert budget_rules.blocked_until(out, NOW, interactive=True) is None
    blocked = budget_rules.on_retry_after(600, Random(1))(RequestBudget(), NOW)
    assert budget_rules.blocked_until(blocked, NOW, interactive=True) is not None


@pytest.mark.parametrize(("reason", "hours"), [("outage", 1), ("rate_limit", 1), ("retry_after", 24)])
def test_a_wait_beyond_its_own_maximum_comes_from_a_wrong_clock(reason: str, hours: int) -> None:
    longest = timedelta(hours=hours)
    found = [
        budget_rules.blocked_until(RequestBudget(not_before=NOW + wait, wait_reason=reason), NOW)
        for wait in (longest, longest + SECOND)
    ]
    assert found == [NOW + longest, None]


def test_a_414_halves_the_batch_for_a_week() -> None:
    budget = budget_rules.on_too_many_ids(100)(RequestBudget(), NOW)
    assert budget_rules.batch_limit(budget, NOW, 100) == 50
    assert budget_rules.batch_limit(budget, NOW + timedelta(days=8), 100) == 100
    assert budget_rules.batch_limit(RequestBudget(), NOW, 100) == 100


def test_a_smaller_limit_of_ids_is_not_raised() -> None:
    short = budget_rules.on_too_many_ids(20)(RequestBudget(), NOW)
    assert budget_rules.batch_limit(budget_rules.on_too_many_ids(100)(short, NOW), NOW, 100) == 10


def test_a_block_far_ahead_comes_from_a_wrong_clock() -> None:
    assert budget_rules.blocked_until(RequestBudget(not_before=NOW + timedelta(days=3652)), NOW) is None


@pytest.mark.parametrize("back", [3, 60, 300, 590, 3600, 3652 * 86400])
def test_a_clock_set_back_changes_no_wait(back: int) -> None:
    limits, budget = RateLimits(30, 3), RequestBudget()
    for _ in range(10):
        budget = budget_rules.reserve_slot(limits)(budget, NOW)
    before = budget_rules.next_slot_at(budget, NOW, limits) - NOW
    now = NOW - back * SECOND
    assert budget_rules.next_slot_at(budget, now, limits) - now == before


def test_processes_whose_clocks_differ_a_little_share_one_queue() -> None:
    budget = budget_rules.reserve_slot(RateLimits(30, 3))(RequestBudget(), NOW)
    assert budget_rules.theoretical_arrival_at(budget, NOW - SECOND) == budget.next_free_at


@pytest.mark.parametrize("rpm", [7, 31, 500, 999])
def test_truncated_moments_let_no_request_too_many_through(rpm: int) -> None:
    limits, budget, sent = RateLimits(rpm, 3), RequestBudget(), []
    for _ in range(2 * rpm):
        sent.append(budget_rules.next_slot_at(budget, NOW, limits))
        budget = budget_rules.reserve_slot(limits)(budget, NOW)
        assert budget.next_free_at
        budget = replace(budget, next_free_at=truncate_to_ms(budget.next_free_at))
    assert max(sum(a <= b < a + 60 * SECOND for b in sent) for a in sent) <= rpm


def workers(
    count: int, hours: float, disturb: Callable[[FakeClock, MemoryBudget, float], object]
) -> list[float]:
    """Return when each request leaves, in monotonic seconds: each worker sends as fast as it may."""
    clock = FakeClock(NOW)
    shared = MemoryBudget(clock)
    wakes = [0.0] * count
    limits, sent = RateLimits(30, 3), list[float]()
    limiter = RateLimiter(shared, limits, clock)
    while clock.ticks < hours * 3600:
        worker = min(range(count), key=wakes.__getitem__)
        clock.pass_by(max(0.0, wakes[worker] - clock.ticks))
        disturb(clock, shared, clock.ticks)
        before = clock.ticks
        reserved = limiter._reserve()
        assert clock.ticks == before
        wakes[worker] = clock.ticks + max(0.0, reserved)
        sent.append(wakes[worker])
    return sorted(sent)


def busiest_minute(sent: list[float]) -> int:
    return max(sum(a <= b < a + 60 for b in sent) for a in sent)


@pytest.mark.parametrize("step", [-3600, -599, -300, -20, 20, 300, 3600])
def test_a_step_of_the_clock_lets_no_burst_through(step: int) -> None:
    done: list[bool] = []

    def disturb(clock: FakeClock, shared: MemoryBudget, now: float) -> None:
        if now > 120 and not done:
            done.append(True)
            clock.moment += timedelta(seconds=step)

    sent = workers(4, 0.2, disturb)
    assert busiest_minute(sent) <= 30
    assert max(b - a for a, b in pairwise(sent)) < 10  # and no long pause


def test_many_small_steps_of_the_clock_let_no_burst_through() -> None:
    def disturb(clock: FakeClock, shared: MemoryBudget, now: float) -> None:
        clock.moment += timedelta(seconds=10)

    assert busiest_minute(workers(4, 0.1, disturb)) <= 30


def test_after_a_block_waiting_requests_do_not_leave_together() -> None:
    """Slots reserved before the block are over: each request reserves another one."""
    clock = FakeClock(NOW)
    shared = MemoryBudget(clock)
    limiter = RateLimiter(shared, RateLimits(30, 3), clock)
    for _ in range(6):
        limiter.acquire()
    shared.apply(budget_rules.on_retry_after(30, Random(1)))
    reserved = shared.read().next_free_at
    limiter.acquire()
    assert clock.now() >= NOW + 30 * SECOND
    assert shared.read().next_free_at != reserved


def test_a_414_for_one_id_removes_the_limit() -> None:
    short = budget_rules.on_too_many_ids(2)(RequestBudget(), NOW)
    assert budget_rules.batch_limit(short, NOW, 100) == 1
    assert budget_rules.batch_limit(budget_rules.clear_batch_limit(short, NOW), NOW, 100) == 100


def test_a_page_that_is_too_long_falls_back_to_100_rows_and_then_by_halves_for_a_week() -> None:
    budget, seen = RequestBudget(), []
    while (rows := budget_rules.row_limit(budget, NOW, 500)) > 1:
        seen.append(rows)
        budget = budget_rules.on_too_many_rows(rows)(budget, NOW)
    assert seen == [500, 100, 50, 25, 12, 6, 3]
    assert budget_rules.row_limit(budget, NOW + timedelta(days=8), 500) == 500
    again = budget_rules.on_too_many_rows(500)(budget, NOW)
    assert budget_rules.row_limit(again, NOW, 500) == 1  # a smaller limit that stands is not raised
    assert budget_rules.row_limit(budget_rules.clear_row_limit(again, NOW), NOW, 500) == 500


def test_a_good_answer_writes_only_where_something_ends() -> None:
    clock = FakeClock(NOW)
    store = MemoryBudget(clock)
    limiter = RateLimiter(store, RateLimits(30, 3), clock, interactive=True)
    limiter.acquire()
    before, store.stored[:] = store.read(), []  # a read or a write fails now
    limiter.record_success()
    store.stored[:] = [before]
    store.seen_by(clock).apply(budget_rules.on_outage(60, Random(1)))  # another process
    limiter.acquire()
    limiter.record_success()
    assert (store.read().not_before, store.read().outage_failures) == (None, 0)
