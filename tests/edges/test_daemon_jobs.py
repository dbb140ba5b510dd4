"""The player jobs of the daemon: how soon they wake after an error, and what is logged."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from syncer.core.clock import SystemClock
from syncer.core.errors import DatabaseCorrupt, StoreBusy, StoreError
from syncer.core.sync.player_sync import PlayerSync
from syncer.run.jobs import MAX_ERROR_BACKOFF, MAX_SLEEP, WAKE_INTERVAL, JobRunner
from syncer.run.liveness import LivenessMonitor
from syncer.run.lock import WriterLock

from .harness import SyncHarness


class FreeLock:
    """A lock that no other process wants."""

    def reacquire(self) -> bool:
        return False

    def is_held(self) -> bool:
        return True

    def release(self) -> None: ...


class JobHarness:
    """A JobRunner for one player. `next_wake` is when its job runs next; `exists`: whether there is one."""

    def __init__(self, home: SyncHarness, lock: WriterLock | None = None) -> None:
        clock = home.clock
        clock.stopping = False  # type: ignore[attr-defined]
        self.home, self.exists, self.next_wake = home, True, clock.now()
        self.syncer = home.syncer  # one, as the daemon has
        self.liveness = LivenessMonitor(clock, 60.0)
        lock = lock or cast(WriterLock, FreeLock())
        self.jobs = JobRunner(lock, cast(SystemClock, clock), self.liveness, self._reschedule)

    def _reschedule(self, syncer: PlayerSync, at: datetime) -> bool:
        self.next_wake = at
        return self.exists

    def run(self) -> timedelta:
        """Run the job once; return the pause until it wakes again."""
        self.jobs.run_job(self.syncer)
        return timedelta(seconds=(self.next_wake - self.home.clock.now()).total_seconds())


@pytest.fixture
def home(tmp_path: Path) -> Iterator[SyncHarness]:
    made = SyncHarness(f"sqlite:///{tmp_path}/syncer.db")
    made.poll()
    yield made
    made.close()


@pytest.fixture
def job(home: SyncHarness) -> JobHarness:
    return JobHarness(home)


def test_a_job_with_nothing_due_sleeps_until_something_is(job: JobHarness) -> None:
    assert job.run() == timedelta(minutes=15)


def test_a_deleted_player_is_not_polled_at_each_wake(home: SyncHarness, job: JobHarness) -> None:
    home.world.delete_account("Tester")
    home.clock.pass_by(86400)
    job.run()
    before = home.source.requests
    home.clock.pass_by(3600)
    assert job.run() == MAX_SLEEP
    assert home.source.requests == before


def test_a_locked_database_is_logged_once_and_tried_at_each_wake(
    home: SyncHarness, job: JobHarness, caplog: pytest.LogCaptureFixture
) -> None:
    open_run = home.writers.runs.open_run
    home.clock.pass_by(900)

    def locked(*args: object) -> int:
        raise StoreBusy("the database is locked")

    home.writers.runs.open_run = locked  # type: ignore[assignment, method-assign]
    with caplog.at_level(logging.INFO):
        for _ in range(5):
            assert job.run() == WAKE_INTERVAL
        home.writers.runs.open_run = open_run  # type: ignore[method-assign]
        job.run()
        job.run()
    messages = [record.getMessage() for record in caplog.records]
    assert messages == ["the database is locked", "the database works again"]


def test_an_internal_error_is_retried_with_exponential_backoff(home: SyncHarness, job: JobHarness) -> None:
    home.source.progress = lambda *args: 1 / 0  # type: ignore[assignment, method-assign]
    assert_exponential_backoff(home, job, 7)


def assert_exponential_backoff(home: SyncHarness, job: JobHarness, runs: int) -> None:
    pauses = []
    for _ in range(runs):
        home.clock.pass_by(900)
        pauses.append(job.run())
    assert pauses[:3] == [2 * WAKE_INTERVAL, 4 * WAKE_INTERVAL, 8 * WAKE_INTERVAL]
    assert pauses[-1] == MAX_ERROR_BACKOFF


def test_an_unknown_username_is_retried_after_an_hour(tmp_path: Path) -> None:
    home = SyncHarness(f"sqlite:///{tmp_path}/syncer.db")
    home.name = "Nobody"
    job = JobHarness(home)
    for _ in range(20):
        job.run()
        home.clock.pass_by(30)
    assert home.source.requests == 1
    home.clock.pass_by(3600)
    job.run()
    assert home.source.requests == 2
    home.close()


def test_polls_that_cannot_be_stored_are_repeated_with_exponential_backoff(
    home: SyncHarness, job: JobHarness
) -> None:
    def full(*args: object) -> object:
        raise StoreError("the disk is full")

    home.writers.runs.batch = full  # type: ignore[assignment, method-assign]
    assert_exponential_backoff(home, job, 6)


def test_a_corrupt_database_ends_the_daemon(home: SyncHarness, job: JobHarness) -> None:
    def corrupt(*args: object) -> object:
        raise DatabaseCorrupt("the database is damaged")

    stopped: list[bool] = []
    home.clock.stop = lambda: stopped.append(True)  # type: ignore[attr-defined]
    home.clock.pass_by(900)
    home.writers.runs.open_run = corrupt  # type: ignore[assignment, method-assign]
    job.run()
    assert isinstance(job.jobs.fatal, DatabaseCorrupt)
    assert stopped == [True]


def test_a_job_that_was_removed_is_not_stalled(home: SyncHarness, job: JobHarness) -> None:
    job.exists = False
    job.run()
    home.clock.pass_by(86400)
    assert job.liveness.stalled_players() == []


def test_a_job_that_is_not_woken_is_stalled(home: SyncHarness, job: JobHarness) -> None:
    job.run()
    home.clock.pass_by(900 + 60)
    assert job.liveness.stalled_players() == []
    home.clock.pass_by(1)
    assert job.liveness.stalled_players() == ["Tester"]


class LostLock(FreeLock):
    """A lock that is lost once, and taken again."""

    def __init__(self) -> None:
        self.is_lost = True

    def reacquire(self) -> bool:
        was_lost, self.is_lost = self.is_lost, False
        return was_lost


def nothing() -> None: ...


def test_the_watch_says_when_another_process_may_have_polled(home: SyncHarness) -> None:
    jobs = JobHarness(home, cast(WriterLock, LostLock())).jobs
    assert [jobs.watch(nothing) for _ in range(3)] == [True, False, False]


def test_a_lock_that_a_run_took_again_is_noticed_by_the_watch(home: SyncHarness) -> None:
    job = JobHarness(home, cast(WriterLock, LostLock()))
    job.run()
    assert [job.jobs.watch(nothing) for _ in range(2)] == [True, False]


def test_a_database_that_fails_while_all_jobs_sleep_is_logged_once_and_wakes_them_when_it_works(
    job: JobHarness, caplog: pytest.LogCaptureFixture
) -> None:
    def away() -> None:
        raise StoreError("the database is away")

    with caplog.at_level(logging.INFO):
        assert [job.jobs.watch(check) for check in (away, away, nothing, nothing)] == [
            False,
            False,
            True,
            False,
        ]
    messages = [record.getMessage() for record in caplog.records]
    assert messages == ["the database is away", "the database works again"]


def test_a_file_that_was_replaced_while_all_jobs_sleep_ends_the_daemon(home: SyncHarness) -> None:
    job = JobHarness(home)
    stopped: list[bool] = []
    home.clock.stop = lambda: stopped.append(True)  # type: ignore[attr-defined]
    home.database.pin_identity()
    assert home.database.path
    home.database.path.rename(home.database.path.with_name("moved.db"))
    assert job.jobs.watch(home.database.check) is False
    assert isinstance(job.jobs.fatal, DatabaseCorrupt)
    assert stopped == [True]


def test_an_error_of_the_database_is_logged_again_after_the_configuration_changed(
    job: JobHarness, caplog: pytest.LogCaptureFixture
) -> None:
    """The player of whom it was logged may have left."""

    def away() -> None:
        raise StoreError("the database is away")

    job.jobs.watch(away)
    job.jobs.forget_errors()
    job.jobs.watch(away)
    assert [record.getMessage() for record in caplog.records] == ["the database is away"] * 2
