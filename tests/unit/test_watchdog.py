"""One thread ends all requests that take too long."""

import threading

from syncer.api.deadline_guard import DeadlineGuard, Watchdog
from tests.waiting import wait_until


def test_the_earliest_deadline_comes_first_whichever_was_added_first() -> None:
    watchdog, ended = Watchdog(), list[str]()

    class Guard(DeadlineGuard):
        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

        def expire(self) -> None:
            ended.append(self.name)

    late, removed = Guard("late"), Guard("removed")
    watchdog.add(late, 0.4)
    watchdog.add(removed, 0.1)
    watchdog.add(Guard("early"), 0.05)
    watchdog.remove(removed)
    wait_until(lambda: "late" in ended)
    assert ended == ["early", "late"]


def test_many_requests_share_a_thread() -> None:
    watchdog, before = Watchdog(), threading.active_count()
    guards = [DeadlineGuard() for _ in range(50)]
    for guard in guards:
        watchdog.add(guard, 60)
    assert threading.active_count() == before + 1
    for guard in guards:
        watchdog.remove(guard)
