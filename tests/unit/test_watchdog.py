"""One thread ends all requests that take too long."""

import threading

import pytest

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


def test_a_thread_that_could_not_begin_is_started_by_the_next_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    watchdog, start = Watchdog(), threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(RuntimeError):
        watchdog.add(DeadlineGuard(), 60)
    monkeypatch.setattr(threading.Thread, "start", start)
    guard = DeadlineGuard()
    watchdog.add(guard, 0.05)
    wait_until(lambda: guard.late)
