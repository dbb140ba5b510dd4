"""A clock that stands still until a test moves it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class HandClock:
    def __init__(self) -> None:
        self.moment = NOON
        self.seconds = 100.0

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return self.seconds

    def steady(self) -> float:
        return self.seconds

    def wait(self, seconds: float) -> None:
        self.move(seconds)

    def on_stop(self, call: Callable[[], object]) -> None:
        """Do nothing: no test stops this clock."""

    def move(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)
        self.seconds += seconds
