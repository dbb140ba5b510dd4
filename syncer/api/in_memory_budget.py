"""The request budget of a single process."""

import threading

from syncer.core.clock import Clock
from syncer.core.ratelimit.budget import BudgetTransition, RequestBudget


class InMemoryBudget:
    """A BudgetStore for one process, where there is no database."""

    def __init__(self, clock: Clock) -> None:
        self._budget, self._clock, self._lock = RequestBudget(), clock, threading.Lock()

    def read(self) -> RequestBudget:
        return self._budget

    def apply(self, transition: BudgetTransition) -> tuple[RequestBudget, RequestBudget]:
        """Return the budget before and after the transition."""
        with self._lock:
            before, self._budget = self._budget, transition(self._budget, self._clock.now())
            return before, self._budget
