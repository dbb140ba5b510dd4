"""One question among several of its kind: a bad neighbour keeps no other waiting."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from syncer.core.clock import Clock
from syncer.core.errors import BatchFailure
from syncer.core.events import Announce, Warned

from .backoff import Rests

Told = TypeVar("Told")
IN_A_ROW = 2  # failures that blame the site, not the question


class Attempts:
    """Of one player, during one run. What failed rests, longer each time."""

    def __init__(
        self, label: str, clock: Clock, announce: Announce, rests: Rests, interval: timedelta
    ) -> None:
        self.label, self.clock, self.announce = label, clock, announce
        self.rests, self.interval = rests, interval
        self._in_a_row = 0

    def at(self, what: str, ask: Callable[[], Told], keep: Callable[[Told], bool]) -> bool:
        """Ask, and keep what is told; whether that was of use, as `keep` says. Raises the site's fault."""
        try:
            told = ask()
        except BatchFailure as failure:
            self._in_a_row += 1
            self.failed(what)
            if self._in_a_row >= IN_A_ROW:
                raise
            self.announce(Warned(self.label, f"{what} could not be read: {failure.why}"))
            return False
        self._in_a_row = 0
        if not keep(told):
            self.failed(what)
            return False
        self.rests.told(what)
        return True

    def failed(self, what: str) -> None:
        self.rests.failed(what, self.clock.now(), self.interval)

    def resting(self, what: str) -> bool:
        return self.rests.resting(what, self.clock.now())
