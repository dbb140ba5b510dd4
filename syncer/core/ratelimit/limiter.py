"""What every attempt passes before it leaves: the shared budget, and a bucket of this process's own."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Protocol

from syncer.core.clock import Clock
from syncer.core.errors import Deferred, Unauthorized

from .budget import Budget, Limits, Rule, breaker_open_until, must_wait_until, slot, take_slot

PATIENCE = 60.0  # seconds that one run waits in place, in all, for a Retry-After
STEADY = datetime(2000, 1, 1, tzinfo=UTC)  # any moment: where the clock that never jumps is thought to begin


class BudgetStore(Protocol):
    """Where one key's budget is remembered. Both may be called by any process at any time."""

    def read(self) -> Budget:
        """As it is now; nothing is made or locked for it."""

    def apply(self, rule: Rule) -> tuple[Budget, Budget]:
        """Change the budget by `rule` in one step that no other process can split: (before, after)."""


class Gate:
    """What every attempt passes before it leaves. One for a key and a process.

    The shared budget runs by the wall clock, for processes share nothing else; a bucket of our own runs by
    a clock that never jumps, so that a step of the wall clock lets no burst through.
    `typed`: a person waits for the answer, so it may probe a refused key or an outage at once.
    """

    def __init__(self, store: BudgetStore, limits: Limits, clock: Clock, *, typed: bool = False) -> None:
        self._store = store
        self._limits = limits
        self._clock = clock
        self._own, self._lock = Budget(), threading.Lock()
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
        """Wait for a slot. Raises Unauthorized (breaker), Deferred (beyond patience), Stopped, StoreError."""
        self._wait_if_told()
        while (seconds := self._book()) > 0:
            self._clock.wait(seconds)
            if not self._wait_if_told():  # another process may have been told to wait while we did
                return  # else others waited with us: leaving now, all at once, would be a burst

    def _book(self) -> float:
        """Seconds until the slot that is now ours."""
        rule, now = take_slot(self._limits), self._clock.now()
        before, _ = self._store.apply(rule)
        with self._lock:
            steady = STEADY + timedelta(seconds=self._clock.monotonic())
            own, self._own = self._own, rule(self._own, steady)
        shared = slot(before, now, self._limits) - now
        return max(shared, slot(own, steady, self._limits) - steady).total_seconds()

    def _wait_if_told(self) -> bool:
        """Whether there was a wish to wait, and it was short enough to be waited for here."""
        budget, now = self.read(), self._clock.now()
        if not self.typed and breaker_open_until(budget, now):
            raise Unauthorized("the key was refused; it is tried again within the hour")
        until = must_wait_until(budget, now, self.typed)
        if until is None:
            return False
        seconds = (until - now).total_seconds()
        if seconds > self.patience:
            raise Deferred(f"the site asked for patience until {until:%Y-%m-%d %H:%M:%S} UTC", until)
        self.patience -= seconds
        self._clock.wait(seconds)
        return True
