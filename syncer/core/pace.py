"""The budget's arithmetic: how often one key may ask, and when it must wait. Pure, but for Gate.take."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Protocol

from .clock import Clock
from .errors import Deferred, Unauthorized

LONGEST_RETRY_AFTER = timedelta(hours=24)
LONGEST_OUTAGE_WAIT = timedelta(hours=1)
BREAKER_PROBE = timedelta(hours=1)
SMALLER_BATCH_FOR = timedelta(days=7)
PATIENCE = 60.0  # seconds that one run waits in place, in all, for a Retry-After


@dataclass(frozen=True, slots=True)
class Limits:
    """requests_per_minute > burst >= 1. The public limit is unknown; see ra-api.md section 10."""

    requests_per_minute: float = 30
    burst: int = 3

    @property
    def spacing(self) -> timedelta:
        """Between sustained requests, so that burst + sustained stay within any sliding minute."""
        return timedelta(seconds=60 / (self.requests_per_minute - self.burst))

    @property
    def longest_queue(self) -> timedelta:
        """A slot further ahead than this comes from a wrong clock, not from an honest queue."""
        return max(timedelta(minutes=10), self.spacing * 100)


@dataclass(frozen=True, slots=True)
class Budget:
    """What is remembered of one key, shared by all processes. Times are UTC.

    `wait_reason` says why `not_before` is set: `retry_after` and `rate_limit` are the site's wish,
    `outage` is our own back-off, which a command typed by a person may probe.
    """

    next_free_at: datetime | None = None
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


def slot(budget: Budget, now: datetime, limits: Limits) -> datetime:
    """The moment at which the next request may leave (GCRA: a burst, then evenly spaced)."""
    if not within(budget.next_free_at, now, limits.longest_queue) or budget.next_free_at is None:
        return now
    return max(now, budget.next_free_at - limits.spacing * (limits.burst - 1))


def take_slot(limits: Limits) -> Rule:
    """The request that leaves at `slot(…)` is booked."""

    def rule(budget: Budget, now: datetime) -> Budget:
        free = budget.next_free_at
        start = free if free is not None and within(free, now, limits.longest_queue) else now
        return replace(budget, next_free_at=start + limits.spacing)

    return rule


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


def too_long(asked: int) -> Rule:
    """414: half as many ids for seven days."""

    def rule(budget: Budget, now: datetime) -> Budget:
        return replace(budget, max_batch=max(1, asked // 2), max_batch_until=now + SMALLER_BATCH_FOR)

    return rule


class BudgetStore(Protocol):
    """Where one key's budget is remembered. Both may be called by any process at any time."""

    def read(self) -> Budget:
        """As it is now; nothing is made or locked for it."""

    def apply(self, rule: Rule) -> tuple[Budget, Budget]:
        """Change the budget by `rule` in one step that no other process can split: (before, after)."""


class Gate:
    """What every attempt passes before it leaves. One for a key and a process.

    `typed`: a person waits for the answer, so it may probe a refused key or an outage at once.
    """

    def __init__(self, store: BudgetStore, limits: Limits, clock: Clock, *, typed: bool = False) -> None:
        self._store = store
        self._limits = limits
        self._clock = clock
        self.typed = typed
        self.patience = PATIENCE

    def apply(self, rule: Rule) -> Budget:
        return self._store.apply(rule)[1]

    def read(self) -> Budget:
        return self._store.read()

    def renew_patience(self) -> None:
        """At the start of a run, or of a call of the library."""
        self.patience = PATIENCE

    def take(self) -> None:
        """Wait for a slot. Raises Unauthorized (breaker), Deferred (beyond patience), Stopped."""
        self._check()
        before, _ = self._store.apply(take_slot(self._limits))
        now = self._clock.now()
        seconds = (slot(before, now, self._limits) - now).total_seconds()
        if seconds > 0:
            self._clock.wait(seconds)
            self._check()  # another process may have been told to wait while we did

    def _check(self) -> None:
        budget, now = self.read(), self._clock.now()
        if not self.typed and breaker_open_until(budget, now):
            raise Unauthorized("the key was refused; it is tried again within the hour")
        until = must_wait_until(budget, now, self.typed)
        if until is not None:
            self._wait_as_told(until, (until - now).total_seconds())

    def _wait_as_told(self, until: datetime, seconds: float) -> None:
        if seconds > self.patience:
            raise Deferred(f"the site asked for patience until {until:%Y-%m-%d %H:%M:%S} UTC", until)
        self.patience -= seconds
        self._clock.wait(seconds)
