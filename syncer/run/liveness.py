"""Liveness of the players' jobs.

This is a failure detector with deadlines, as a watchdog timer has them. Each job has a deadline on the
monotonic clock, which does not jump. A running job moves its deadline by each event and by the announcement
of each wait of known length (for the request budget, or a Retry-After); a sleeping job has the time of its
next wake as its deadline, plus the same allowance. A job whose deadline has passed is stalled. Only a job
that waits for a place is not: those that hold the places have deadlines.

A site, a key or a database that fails does not stall a job: each failure is an event. A stalled job is a
deadlock, a hung system call or an error of this program.
"""

import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from syncer.core.clock import Clock
from syncer.core.events import Event

# Seconds that a slow database may take between two events. The timeout of a request is added to it.
STALL_AFTER = 300.0


class LivenessMonitor:
    """An event handler that knows each job's deadline. `queued`: the players whose job waits for a place."""

    def __init__(self, clock: Clock, stall_after: float, queued: Collection[str] = ()) -> None:
        self._clock, self._stall_after, self._queued = clock, stall_after, queued
        self._deadlines: dict[str, float] = {}  # by player, on the monotonic clock
        self._running: set[str] = set()
        self._thread = threading.local()

    @contextmanager
    def running(self, player: str) -> Iterator[None]:
        """Attribute the events and waits of this thread to the player's job."""
        self._thread.player = player
        self._running.add(player)
        self.expect_within(player, 0.0)
        try:
            yield
        finally:
            self._running.discard(player)
            del self._thread.player

    def expect_within(self, player: str, seconds: float) -> None:
        """Set the deadline of a job that is quiet for so many seconds."""
        self._deadlines[player] = self._clock.monotonic() + seconds + self._stall_after

    def begin_wait(self, seconds: float) -> None:
        """Move the deadline of this thread's job, which begins to wait."""
        if player := getattr(self._thread, "player", None):
            self.expect_within(player, seconds)

    def __call__(self, event: Event) -> None:
        """Move the deadline of this thread's job."""
        self.begin_wait(0.0)

    def forget(self, player: str) -> None:
        """Drop the deadline of a job that was removed."""
        self._deadlines.pop(player, None)

    def restart(self, players: Collection[str], seconds: float) -> None:
        """Have these players and no others, whose jobs are quiet for so many seconds.

        A run that goes on keeps its deadline, which may be the end of a longer wait.
        """
        kept = {name: self._deadlines[name] for name in set(self._running) & self._deadlines.keys()}
        self._deadlines = {player: at for player, at in kept.items() if player in players}
        for player in set(players) - self._deadlines.keys():
            self.expect_within(player, seconds)

    def stalled_players(self) -> list[str]:
        """Return the players whose job is stalled."""
        # Copies: jobs start, end and move deadlines in other threads meanwhile.
        now, queued = self._clock.monotonic(), set(self._queued)
        late = [player for player, deadline in list(self._deadlines.items()) if deadline < now]
        return [player for player in late if player not in queued]
