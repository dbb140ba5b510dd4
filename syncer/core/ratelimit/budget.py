"""The budget's arithmetic: how often one key may ask, and when it must wait. Pure."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

MAX_RETRY_AFTER = timedelta(hours=24)
MAX_OUTAGE_WAIT = timedelta(hours=1)
CIRCUIT_PROBE_INTERVAL = timedelta(hours=1)
BATCH_LIMIT_TTL = timedelta(days=7)
MAX_CLOCK_SKEW = timedelta(seconds=2)  # between two machines that share a budget, in peace


@dataclass(frozen=True, slots=True)
class RateLimits:
    """requests_per_minute > burst >= 1. The public limit is unknown; see site-api.md section 10."""

    requests_per_minute: float = 30
    burst: int = 3

    @property
    def spacing(self) -> timedelta:
        """Between sustained requests, so that burst + sustained stay within any sliding minute."""
        # Whole milliseconds, as moments are stored: a cut one would let a request too many through.
        return timedelta(milliseconds=math.ceil(60_000 / (self.requests_per_minute - self.burst)))


@dataclass(frozen=True, slots=True)
class RequestBudget:
    """What is remembered of one key, shared by all processes. Times are UTC.

    `wait_reason` says why `not_before` is set: `retry_after` and `rate_limit` are the site's wish,
    `outage` is our own back-off, which a command typed by a person may probe. `booked_at`: when a slot was
    last taken; one that lies ahead tells how far the clock was set back since.
    """

    next_free_at: datetime | None = None
    booked_at: datetime | None = None
    not_before: datetime | None = None
    wait_reason: str | None = None
    outage_failures: int = 0
    refused_at: datetime | None = None
    max_batch: int | None = None
    max_batch_until: datetime | None = None


BudgetTransition = Callable[[RequestBudget, datetime], RequestBudget]


def is_active(moment: datetime | None, now: datetime, longest: timedelta) -> bool:
    """Whether a stored waiting time lies ahead; one beyond its own maximum is a clock's mistake."""
    return moment is not None and now < moment <= now + longest


def blocked_until(budget: RequestBudget, now: datetime, interactive: bool = False) -> datetime | None:
    """The moment before which this key may not ask; null: it may ask now."""
    if not is_active(budget.not_before, now, MAX_RETRY_AFTER):
        return None
    return None if interactive and budget.wait_reason == "outage" else budget.not_before


def circuit_open_until(budget: RequestBudget, now: datetime) -> datetime | None:
    """The moment of the next probe of a refused key; null: not refused, or a probe is due."""
    if budget.refused_at is None or not is_active(
        budget.refused_at + CIRCUIT_PROBE_INTERVAL, now, CIRCUIT_PROBE_INTERVAL
    ):
        return None
    return budget.refused_at + CIRCUIT_PROBE_INTERVAL


def batch_limit(budget: RequestBudget, now: datetime, batch_size: int) -> int:
    """How many ids one request may hold now: `batch_size`, or fewer for a week after a 414."""
    if budget.max_batch is None or not is_active(budget.max_batch_until, now, BATCH_LIMIT_TTL):
        return batch_size
    return min(batch_size, budget.max_batch)


def theoretical_arrival_at(budget: RequestBudget, now: datetime) -> datetime:
    """When the queue of booked requests ends, by the clock as it is now."""
    free = budget.next_free_at or now
    if budget.booked_at and budget.booked_at > now + MAX_CLOCK_SKEW:
        free -= budget.booked_at - now
    return max(now, free)


def next_slot_at(budget: RequestBudget, now: datetime, limits: RateLimits) -> datetime:
    """The moment at which the next request may leave (GCRA: a burst, then evenly spaced)."""
    return max(now, theoretical_arrival_at(budget, now) - limits.spacing * (limits.burst - 1))


def burst_left(budget: RequestBudget, now: datetime, limits: RateLimits) -> int:
    """How many requests may leave at once, now."""
    if wait_time(budget, now, limits) > timedelta(0):
        return 0
    return limits.burst - math.ceil((theoretical_arrival_at(budget, now) - now) / limits.spacing)


def wait_time(budget: RequestBudget, now: datetime, limits: RateLimits) -> timedelta:
    """How long until the next request may leave, by whatever it is held up."""
    told, refused_until = blocked_until(budget, now), circuit_open_until(budget, now)
    return max(next_slot_at(budget, now, limits), told or now, refused_until or now) - now


def reserve_slot(limits: RateLimits) -> BudgetTransition:
    """The request that leaves at `slot(…)` is booked."""
    return lambda budget, now: replace(
        budget, next_free_at=theoretical_arrival_at(budget, now) + limits.spacing, booked_at=now
    )


def on_retry_after(seconds: float | None, rng: Random) -> BudgetTransition:
    """429, or any Retry-After. Without a usable number of seconds: our own doubling wait."""

    def rule(budget: RequestBudget, now: datetime) -> RequestBudget:
        if seconds is not None:
            wait = min(timedelta(seconds=max(1.0, min(seconds, 1e6))), MAX_RETRY_AFTER)
            return _blocked(budget, now, wait, "retry_after", budget.outage_failures)
        wait = exponential_backoff(60.0, budget.outage_failures, rng)
        return _blocked(budget, now, wait, "rate_limit", budget.outage_failures + 1)

    return rule


def on_outage(first_wait: float, rng: Random) -> BudgetTransition:
    """The site is at fault: wait, twice as long at each repetition, up to an hour."""

    def rule(budget: RequestBudget, now: datetime) -> RequestBudget:
        wait = exponential_backoff(first_wait, budget.outage_failures, rng)
        return _blocked(budget, now, wait, "outage", budget.outage_failures + 1)

    return rule


def exponential_backoff(first: float, failures: int, rng: Random) -> timedelta:
    """first · 2^failures seconds, a little more by chance, an hour at most."""
    seconds = first * 2.0 ** min(failures, 16) * rng.uniform(1.0, 1.25)
    return min(timedelta(seconds=seconds), MAX_OUTAGE_WAIT)


def _blocked(
    budget: RequestBudget, now: datetime, wait: timedelta, reason: str, failures: int
) -> RequestBudget:
    """The new wait, unless a longer one that the site asked for already stands."""
    until = now + wait
    stands = blocked_until(budget, now) if budget.wait_reason == "retry_after" else None
    if stands is not None and stands > until:
        return replace(budget, outage_failures=failures)
    return replace(budget, not_before=until, wait_reason=reason, outage_failures=failures)


def on_unauthorized(budget: RequestBudget, now: datetime) -> RequestBudget:
    """401: the breaker opens; the key is probed once an hour."""
    return replace(budget, refused_at=now)


def on_success(budget: RequestBudget, now: datetime) -> RequestBudget:
    """A good answer closes the breaker and ends the back-off; a Retry-After still ahead stays."""
    stays = budget.wait_reason == "retry_after" and blocked_until(budget, now) is not None
    kept = budget if stays else replace(budget, not_before=None, wait_reason=None)
    return replace(kept, outage_failures=0, refused_at=None)


def clear_batch_limit(budget: RequestBudget, now: datetime) -> RequestBudget:
    """414 for a single id: it was not the length."""
    return replace(budget, max_batch=None, max_batch_until=None)


def restore_failure_count(failures: int) -> BudgetTransition:
    """So many failures came before: an answer to another question does not make them undone."""
    return lambda budget, now: replace(budget, outage_failures=max(budget.outage_failures, failures))


def on_url_too_long(asked: int) -> BudgetTransition:
    """414: half as many ids for seven days."""

    def rule(budget: RequestBudget, now: datetime) -> RequestBudget:
        shorter = max(1, min(batch_limit(budget, now, asked), asked // 2))
        return replace(budget, max_batch=shorter, max_batch_until=now + BATCH_LIMIT_TTL)

    return rule
