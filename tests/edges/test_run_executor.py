"""Runs in threads of their own: waiting ones hold back no other, and a stop ends hundreds of them."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from apscheduler.schedulers.background import BackgroundScheduler

from syncer.core.clock import SystemClock
from syncer.core.errors import Cancelled
from syncer.core.places import Places
from syncer.run.executor import RunExecutor
from tests.waiting import PATIENCE, wait_until

PLACES = 2


class Jobs:
    """A scheduler with the executor, and what its jobs did."""

    def __init__(self) -> None:
        self.clock, self.places = SystemClock(), Places(PLACES)
        self.executor = RunExecutor(self.places)
        self.scheduler = BackgroundScheduler(timezone=UTC, executors={"default": self.executor})
        self.scheduler.start()
        self.working, self.most, self.ended = 0, 0, list[str]()
        self._lock = threading.Lock()

    def submit(self, count: int, work: Callable[[str], object]) -> None:
        now = datetime.now(UTC)
        for number in range(count):
            name = f"job {number}"
            self.scheduler.add_job(work, args=[name], id=name, next_run_time=now, misfire_grace_time=None)

    def work(self, name: str) -> None:
        """Count how many jobs work at once."""
        with self._lock:
            self.working += 1
            self.most = max(self.most, self.working)
        time.sleep(0.02)
        with self._lock:
            self.working -= 1
        self.ended.append(name)

    def wait(self, name: str) -> None:
        """Wait for long, and end when a stop is requested."""
        try:
            self.clock.wait(3600)
        except Cancelled:
            self.work(name)


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    made = Jobs()
    yield made
    made.clock.stop()
    if made.scheduler.running:
        made.scheduler.shutdown()


def test_only_as_many_runs_work_at_once_as_there_are_places(jobs: Jobs) -> None:
    jobs.submit(20, jobs.work)
    wait_until(lambda: len(jobs.ended) == 20, seconds=PATIENCE)
    assert jobs.most == PLACES


def test_hundreds_of_waiting_runs_hold_back_no_other_and_end_at_a_stop(jobs: Jobs) -> None:
    jobs.submit(300, jobs.wait)
    wait_until(lambda: threading.active_count() > 300, seconds=PATIENCE)
    jobs.scheduler.add_job(jobs.work, args=["another"], id="another")
    wait_until(lambda: jobs.ended == ["another"], seconds=PATIENCE)
    jobs.clock.stop()
    jobs.scheduler.shutdown()
    assert len(jobs.ended) == 301


def test_a_job_that_waits_for_a_place_is_queued_and_no_other(jobs: Jobs) -> None:
    blocked = threading.Event()
    jobs.submit(PLACES + 1, lambda name: blocked.wait(PATIENCE))
    wait_until(lambda: len(jobs.places.waiting) == 1, seconds=PATIENCE)
    blocked.set()
    wait_until(lambda: not jobs.places.waiting, seconds=PATIENCE)


def test_a_run_for_which_the_system_has_no_thread_gives_its_place_back(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, refused = threading.Thread.start, list[str]()

    def refuse(thread: threading.Thread) -> None:
        if thread.name.startswith("job") and len(refused) < PLACES:
            refused.append(thread.name)
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    jobs.submit(PLACES + 3, jobs.work)
    wait_until(lambda: len(jobs.ended) == 3, seconds=PATIENCE)
    assert len(refused) == PLACES


def test_after_a_stop_no_job_begins_that_was_waiting_for_a_place(jobs: Jobs) -> None:
    jobs.submit(50, jobs.work)
    wait_until(lambda: jobs.ended)
    jobs.scheduler.shutdown()
    ended = len(jobs.ended)
    assert ended < 50
    time.sleep(0.2)
    assert len(jobs.ended) == ended


def test_a_stop_waits_for_a_thread_that_is_being_started(jobs: Jobs) -> None:
    """It is known to the executor before it can be joined."""
    thread = threading.Thread(target=lambda: jobs.ended.append("late"))
    jobs.executor._threads.add(thread)
    stopping = threading.Thread(target=jobs.executor.join)
    stopping.start()
    time.sleep(0.05)
    thread.start()
    jobs.executor._threads.discard(thread)
    stopping.join(PATIENCE)
    assert (stopping.is_alive(), jobs.ended) == (False, ["late"])


def test_a_run_that_waits_to_work_on_counts_as_waiting_for_a_place(jobs: Jobs) -> None:
    """The liveness monitor must not take it for a stalled one."""
    blocked, waits = threading.Event(), threading.Event()
    jobs.clock.on_wait(lambda seconds: waits.set())
    jobs.submit(1, lambda name: jobs.clock.wait(0.2))
    assert waits.wait(PATIENCE)
    for number in range(PLACES):
        jobs.scheduler.add_job(lambda: blocked.wait(PATIENCE), id=f"blocks {number}")
    wait_until(lambda: jobs.places.waiting == {"job 0"})
    blocked.set()
    wait_until(lambda: not jobs.places.waiting)
