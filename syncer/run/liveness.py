"""Whether every job goes on: a job at work gives signs, a job that sleeps wakes up in time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from syncer.core.clock import Clock
from syncer.core.events import Event

STALL_AFTER = (
    300.0  # seconds between two signs of a job at work, besides a request's timeout: the database is slow
)


class LivenessMonitor:
    """A listener. Signs are: an attempt that came back, something recorded, the beginning of a wait of known
    length (for a slot of the budget, or because the site wishes it).

    `workers`: how many jobs can be at work at once; others that wake then wait for their turn.
    """

    def __init__(self, clock: Clock, workers: int, quiet: float) -> None:
        self._clock, self._workers, self._quiet = clock, workers, quiet
        self._heard_by: dict[str, float] = {}  # when the next sign of a job is due
        self._at_work: set[str] = set()
        self._mine = threading.local()

    @contextmanager
    def running(self, player: str) -> Iterator[None]:
        """This thread works for the player; events and waits here are signs of it."""
        self._mine.player = player
        self._at_work.add(player)
        self.expect_within(player, 0.0)
        try:
            yield
        finally:
            self._at_work.discard(player)
            del self._mine.player

    def expect_within(self, player: str, seconds: float) -> None:
        """It will be quiet for so long, and that is well."""
        self._heard_by[player] = self._clock.monotonic() + seconds + self._quiet

    def request_budgets(self, seconds: float) -> None:
        """This thread begins to wait."""
        if player := getattr(self._mine, "player", None):
            self.expect_within(player, seconds)

    def __call__(self, event: Event) -> None:
        self.request_budgets(0.0)

    def forget(self, player: str) -> None:
        """There is no such job any more."""
        self._heard_by.pop(player, None)

    def forget_all(self) -> None:
        self._heard_by.clear()

    def stalled_players(self) -> list[str]:
        """The players whose job should have been heard of."""
        now, at_work = self._clock.monotonic(), set(self._at_work)
        late = [player for player, due in list(self._heard_by.items()) if due < now]
        return [player for player in late if player in at_work or len(at_work) < self._workers]
