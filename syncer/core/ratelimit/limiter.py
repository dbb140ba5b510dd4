"""The rate limiter that every attempt passes before it is sent."""

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
    last_trial_at,
    next_slot_at,
    on_success,
    reserve_slot,
)

WAIT_ALLOWANCE = 60.0  # seconds that one run may wait for a Retry-After, in all
MONOTONIC_ORIGIN = datetime(2000, 1, 1, tzinfo=UTC)  # any moment: the zero of the monotonic clock


class BudgetStore(Protocol):
    """Where the budget of one key is stored. Any process may call both methods at any time."""

    def read(self) -> RequestBudget:
        """Return the budget as it is now. Creates and locks nothing."""

    def apply(self, transition: BudgetTransition) -> tuple[RequestBudget, RequestBudget]:
        """Change the budget in one atomic step; return it (before, after)."""


class RateLimiter:
    """The rate limiter of one key in one process.

    The shared budget runs by the wall clock, which is all that processes share. A second budget of this
    process runs by the monotonic clock: when the wall clock is set, the shared one could let a burst through.
    `interactive`: a person waits for the answer, so a request may leave despite a refused key or an outage.
    """

    def __init__(
        self, store: BudgetStore, limits: RateLimits, clock: Clock, *, interactive: bool = False
    ) -> None:
        self._store = store
        self._limits = limits
        self._clock = clock
        self._own, self._lock = RequestBudget(), threading.Lock()
        self._stored = RequestBudget()  # as this process has left it
        self.interactive = interactive
        self.wait_allowance = WAIT_ALLOWANCE
        self._tries_at_once = False

    def apply(self, transition: BudgetTransition) -> RequestBudget:
        """Change the shared budget; return it."""
        _, self._stored = self._store.apply(transition)
        return self._stored

    def record_success(self) -> None:
        """End a back-off and close the circuit breaker; mostly there is neither, and nothing is written.

        Raises StoreError. A block that another process has set since the request left stays, and ends by
        itself.
        """
        if on_success(self._stored, self._clock.now()) != self._stored:
            self.apply(on_success)

    def read(self) -> RequestBudget:
        """Return the shared budget."""
        return self._store.read()

    def reset_wait_allowance(self) -> None:
        """Allow the full wait again, at the start of a run or of a command."""
        self.wait_allowance = WAIT_ALLOWANCE

    def try_at_once(self, after: timedelta = timedelta(0)) -> None:
        """Let one request leave although the key was refused, if its last trial is `after` ago.

        Call it where the cause may be gone: at a start, or when the configuration or the file of a key has
        changed. Raises StoreError.
        """
        now = self._clock.now()
        last = last_trial_at(self.read(), now)
        self._tries_at_once = last is not None and now - last >= after

    def refused_until(self, budget: RequestBudget, now: datetime) -> datetime | None:
        """Return when a refused key may be tried; None: a request may leave now."""
        if self.interactive or self._tries_at_once:
            return None
        return circuit_open_until(budget, now)

    def acquire(self) -> None:
        """Wait until a request may leave.

        Raises Unauthorized (circuit breaker open), Deferred (longer than allowed), Cancelled, StoreError.
        """
        self._wait_if_blocked()
        self._tries_at_once = False
        while (seconds := self._reserve()) > 0:
            is_late = self._wait_for_slot(seconds)
            # Another process may have been blocked while this one waited. Then all that waited would leave
            # at once after the block, as a burst: so each reserves a new slot.
            if not (self._wait_if_blocked() or is_late):
                return

    def _wait_for_slot(self, seconds: float) -> bool:
        """Wait; return whether the slot has passed meanwhile, as on a busy machine.

        A request that leaves in a later slot, too, would be one more than that minute may hold.
        """
        slot = self._clock.monotonic() + seconds
        self._clock.wait(seconds)
        return self._clock.monotonic() > slot + self._limits.spacing.total_seconds()

    def _reserve(self) -> float:
        """Reserve a slot; return the seconds until it."""
        transition, now = reserve_slot(self._limits), self._clock.now()
        # The slot is that of the budget before: `apply` is atomic, so no other process has the same one.
        before, self._stored = self._store.apply(transition)
        with self._lock:
            steady = MONOTONIC_ORIGIN + timedelta(seconds=self._clock.monotonic())
            own, self._own = self._own, transition(self._own, steady)
        shared = next_slot_at(before, now, self._limits) - now
        return max(shared, next_slot_at(own, steady, self._limits) - steady).total_seconds()

    def _wait_if_blocked(self) -> bool:
        """Wait while the key is blocked; return whether it was. Raises where the wait is too long."""
        budget, now = self.read(), self._clock.now()
        if self.refused_until(budget, now):
            raise Unauthorized("the key was refused; it is tried again within the hour")
        until = blocked_until(budget, now, self.interactive)
        if until is None:
            return False
        seconds = (until - now).total_seconds()
        if seconds > self.wait_allowance:
            raise Deferred(f"the site asked to wait until {until:%Y-%m-%d %H:%M:%S} UTC", until)
        self.wait_allowance -= seconds
        self._clock.wait(seconds)
        return True
