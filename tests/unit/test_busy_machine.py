"""The request budget on a machine so busy that waits take longer than they should."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from syncer.core.ratelimit.budget import RateLimits
from syncer.core.ratelimit.limiter import RateLimiter
from tests.fakes import FakeClock, MemoryBudget

MINUTE = timedelta(minutes=1)


class BusyClock(FakeClock):
    """A clock of a busy machine: others begin to wait meanwhile, and all wait too long."""

    def __init__(self) -> None:
        super().__init__()
        self.others: list[Callable[[], None]] = []
        self.delay = 0.0

    def wait(self, seconds: float) -> None:
        if self.others:
            self.others.pop()()
        else:
            super().wait(seconds + self.delay)
            self.delay = 0.0


@pytest.mark.parametrize("waiting", [1, 2, 5])
def test_requests_that_a_busy_machine_held_up_do_not_leave_together(waiting: int) -> None:
    sent: list[datetime] = []

    def send() -> None:
        limiter.acquire()
        sent.append(clock.moment)

    clock = BusyClock()
    limiter = RateLimiter(MemoryBudget(clock), RateLimits(30, 3), clock)
    for _ in range(3):
        send()
    clock.others, clock.delay = [send] * waiting, 20.0
    for _ in range(60):
        send()
    for first in sent:
        assert sum(first <= moment < first + MINUTE for moment in sent) <= 30
