"""What every attempt passes before it leaves: the shared budget, and a bucket of this process's own."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Protocol

from syncer.core.clock import Clock
from syncer.core.errors import Deferred, Unauthorized

from .budget import (
    BudgetTransition,
    RateLimits,
    RequestBudget,
    blocked_until,
    circuit_open_until,
    next_slot_at,
    reserve_slot,
)

WAIT_ALLOWANCE = 60.0  # seconds that one run waits in place, in all, for a Retry-After
MONOTONIC_ORIGIN = datetime(
    2000, 1, 1, tzinfo=UTC
)  # any moment: where the clock that never jumps is thought to begin


class BudgetStore(Protocol):
    """Where one key's budget is remembered. Both may be called by any process at any time."""

    def read(self) -> RequestBudget:
        """As it is now; nothing is made or locked for it."""

    def apply(self, rule: BudgetTransition) -> tuple[RequestBudget, RequestBudget]:
        """Change the budget by `rule` in one step that no other process can split: (before, after)."""


class RateLimiter:
    """What every attempt passes before it leaves. One for a key and a process.

    The shared budget runs by the wall clock, for processes share nothing else; a bucket of our own runs by
    a clock that never jumps, so that a step of the wall clock lets no burst through.
    `interactive`: a person waits for the answer, so it may probe a refused key or an outage at once.
    """

    def __init__(
        self, store: BudgetStore, limits: RateLimits, clock: Clock, *, interactive: bool = False
    ) -> None:
        self._store = store
        self._limits = limits
        self._clock = clock
        self._own, self._lock = RequestBudget(), threading.Lock()
        self.interactive = interactive
        self.wait_allowance = WAIT_ALLOWANCE

    def apply(self, rule: BudgetTransition) -> RequestBudget:
        return self._store.apply(rule)[1]

    def read(self) -> RequestBudget:
        return self._store.read()

    def reset_wait_allowance(self) -> None:
        """At the start of a run, or of a call of the library."""
        self.wait_allowance = WAIT_ALLOWANCE

    def acquire(self) -> None:
        """Wait for a slot. Raises Unauthorized (breaker), Deferred (beyond patience), Stopped, StoreError."""
        self._wait_if_blocked()
        while (seconds := self._reserve()) > 0:
            self._clock.wait(seconds)
            if not self._wait_if_blocked():  # another process may have been told to wait while we did
                return  # else others waited with us: leaving now, all at once, would be a burst

    def _reserve(self) -> float:
        """Seconds until the slot that is now ours."""
        rule, now = reserve_slot(self._limits), self._clock.now()
        before, _ = self._store.apply(rule)
        with self._lock:
            steady = MONOTONIC_ORIGIN + timedelta(seconds=self._clock.monotonic())
            own, self._own = self._own, rule(self._own, steady)
        shared = next_slot_at(before, now, self._limits) - now
        return max(shared, next_slot_at(own, steady, self._limits) - steady).total_seconds()

    def _wait_if_blocked(self) -> bool:
        """Whether there was a wish to wait, and it was short enough to be waited for here."""
        budget, now = self.read(), self._clock.now()
        if not self.interactive and circuit_open_until(budget, now):
            raise Unauthorized("the key was refused; it is tried again within the hour")
        until = blocked_until(budget, now, self.interactive)
        if until is None:
            return False
        seconds = (until - now).total_seconds()
        if seconds > self.wait_allowance:
            raise Deferred(f"the site asked for patience until {until:%Y-%m-%d %H:%M:%S} UTC", until)
        self.wait_allowance -= seconds
        self._clock.wait(seconds)
        return True
