"""The budget's arithmetic: how often one key may ask, and when it must wait. Pure."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

LONGEST_RETRY_AFTER = timedelta(hours=24)
LONGEST_OUTAGE_WAIT = timedelta(hours=1)
BREAKER_PROBE = timedelta(hours=1)
SMALLER_BATCH_FOR = timedelta(days=7)
CLOCKS_DIFFER = timedelta(seconds=2)  # between two machines that share a budget, in peace


@dataclass(frozen=True, slots=True)
class Limits:
    """requests_per_minute > burst >= 1. The public limit is unknown; see ra-api.md section 10."""

    requests_per_minute: float = 30
    burst: int = 3

    @property
    def spacing(self) -> timedelta:
        """Between sustained requests, so that burst + sustained stay within any sliding minute."""
        # Whole milliseconds, as moments are stored: a cut one would let a request too many through.
        return timedelta(milliseconds=math.ceil(60_000 / (self.requests_per_minute - self.burst)))


@dataclass(frozen=True, slots=True)
class Budget:
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


Rule = Callable[[Budget, datetime], Budget]


def within(moment: datetime | None, now: datetime, longest: timedelta) -> bool:
    """Whether a stored waiting time lies ahead; one beyond its own maximum is a clock's mistake."""
    return moment is not None and now < moment <= now + longest


def must_wait_until(budget: Budget, now: datetime, typed: bool = False) -> datetime | None:
    """The moment before which this key may not ask; null: it may ask now."""
    if not within(budget.not_before, now, LONGEST_RETRY_AFTER):
        return None
    return None if typed and budget.wait_reason == "outage" else budget.not_before


def breaker_open_until(budget: Budget, now: datetime) -> datetime | None:
    """The moment of the next probe of a refused key; null: not refused, or a probe is due."""
    if budget.refused_at is None or not within(budget.refused_at + BREAKER_PROBE, now, BREAKER_PROBE):
        return None
    return budget.refused_at + BREAKER_PROBE


def batch_limit(budget: Budget, now: datetime, batch_size: int) -> int:
    """How many ids one request may hold now: `batch_size`, or fewer for a week after a 414."""
    if budget.max_batch is None or not within(budget.max_batch_until, now, SMALLER_BATCH_FOR):
        return batch_size
    return min(batch_size, budget.max_batch)


def free_at(budget: Budget, now: datetime) -> datetime:
    """When the queue of booked requests ends, by the clock as it is now."""
    free = budget.next_free_at or now
    if budget.booked_at and budget.booked_at > now + CLOCKS_DIFFER:
        free -= budget.booked_at - now
    return max(now, free)


def slot(budget: Budget, now: datetime, limits: Limits) -> datetime:
    """The moment at which the next request may leave (GCRA: a burst, then evenly spaced)."""
    return max(now, free_at(budget, now) - limits.spacing * (limits.burst - 1))


def left(budget: Budget, now: datetime, limits: Limits) -> int:
    """How many requests may leave at once, now."""
    if free_in(budget, now, limits) > timedelta(0):
        return 0
    return limits.burst - math.ceil((free_at(budget, now) - now) / limits.spacing)


def free_in(budget: Budget, now: datetime, limits: Limits) -> timedelta:
    """How long until the next request may leave, by whatever it is held up."""
    told, refused_until = must_wait_until(budget, now), breaker_open_until(budget, now)
    return max(slot(budget, now, limits), told or now, refused_until or now) - now


def take_slot(limits: Limits) -> Rule:
    """The request that leaves at `slot(…)` is booked."""
    return lambda budget, now: replace(
        budget, next_free_at=free_at(budget, now) + limits.spacing, booked_at=now
    )


def told_to_wait(seconds: float | None, dice: Random) -> Rule:
    """429, or any Retry-After. Without a usable number of seconds: our own doubling wait."""

    def rule(budget: Budget, now: datetime) -> Budget:
        if seconds is not None:
            wait = min(timedelta(seconds=max(1.0, min(seconds, 1e6))), LONGEST_RETRY_AFTER)
            return _waiting(budget, now, wait, "retry_after", budget.outage_failures)
        wait = doubling(60.0, budget.outage_failures, dice)
        return _waiting(budget, now, wait, "rate_limit", budget.outage_failures + 1)

    return rule


def outage(first_wait: float, dice: Random) -> Rule:
    """The site is at fault: wait, twice as long at each repetition, up to an hour."""

    def rule(budget: Budget, now: datetime) -> Budget:
        wait = doubling(first_wait, budget.outage_failures, dice)
        return _waiting(budget, now, wait, "outage", budget.outage_failures + 1)

    return rule


def doubling(first: float, failures: int, dice: Random) -> timedelta:
    """first · 2^failures seconds, a little more by chance, an hour at most."""
    seconds = first * 2.0 ** min(failures, 16) * dice.uniform(1.0, 1.25)
    return min(timedelta(seconds=seconds), LONGEST_OUTAGE_WAIT)


def _waiting(budget: Budget, now: datetime, wait: timedelta, reason: str, failures: int) -> Budget:
    """The new wait, unless a longer one that the site asked for already stands."""
    until = now + wait
    stands = must_wait_until(budget, now) if budget.wait_reason == "retry_after" else None
    if stands is not None and stands > until:
        return replace(budget, outage_failures=failures)
    return replace(budget, not_before=until, wait_reason=reason, outage_failures=failures)


def refused(budget: Budget, now: datetime) -> Budget:
    """401: the breaker opens; the key is probed once an hour."""
    return replace(budget, refused_at=now)


def answered(budget: Budget, now: datetime) -> Budget:
    """A good answer closes the breaker and ends the back-off; a Retry-After still ahead stays."""
    stays = budget.wait_reason == "retry_after" and must_wait_until(budget, now) is not None
    kept = budget if stays else replace(budget, not_before=None, wait_reason=None)
    return replace(kept, outage_failures=0, refused_at=None)


def any_length(budget: Budget, now: datetime) -> Budget:
    """414 for a single id: it was not the length."""
    return replace(budget, max_batch=None, max_batch_until=None)


def remembering(failures: int) -> Rule:
    """So many failures came before: an answer to another question does not make them undone."""
    return lambda budget, now: replace(budget, outage_failures=max(budget.outage_failures, failures))


def too_long(asked: int) -> Rule:
    """414: half as many ids for seven days."""

    def rule(budget: Budget, now: datetime) -> Budget:
        shorter = max(1, min(batch_limit(budget, now, asked), asked // 2))
        return replace(budget, max_batch=shorter, max_batch_until=now + SMALLER_BATCH_FOR)

    return rule
