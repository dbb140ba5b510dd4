"""The daemon in this process: how often it wakes when something is wrong, and what it says of it."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from syncer.core.errors import StoreBusy, StoreError
from syncer.run.daemon import MAX_ERROR_BACKOFF, WAKE_INTERVAL, Daemon
from syncer.run.liveness import LivenessMonitor

from .harness import SyncHarness


class Idle:
    """A lock that nobody contends for."""

    def reacquire(self) -> None: ...


class Job:
    """Remembers when it is to wake."""

    def __init__(self) -> None:
        self.next: datetime | None = None

    def modify(self, next_run_time: datetime) -> None:
        self.next = next_run_time


class Scheduler:
    def __init__(self) -> None:
        self.job: Job | None = Job()

    def get_job(self, name: str) -> Job | None:
        return self.job


@pytest.fixture
def home(tmp_path: object) -> Iterator[SyncHarness]:
    made = SyncHarness(f"sqlite:///{tmp_path}/syncer.db")
    made.poll()
    yield made
    made.close()


def daemon(home: SyncHarness) -> Daemon:
    made = Daemon.__new__(Daemon)  # without its signals and threads
    made._lock, made._clock, made._scheduler = Idle(), home.clock, Scheduler()  # type: ignore[assignment]
    made._progress = LivenessMonitor(home.clock, 1, 60.0)
    made._not_before, made._troubles, made._bugs, made.fatal = {}, {}, {}, None
    home.clock.stopping = False  # type: ignore[attr-defined]
    return made


def pause(home: SyncHarness, keeper: Daemon) -> timedelta:
    keeper.run_job(home.syncer)
    next_wake = keeper._scheduler.job.next
    assert next_wake is not None
    return timedelta(seconds=(next_wake - home.clock.now()).total_seconds())


def test_nothing_due_lets_it_sleep(home: SyncHarness) -> None:
    assert pause(home, daemon(home)) == WAKE_INTERVAL


def test_a_player_who_is_gone_costs_one_wake_in_thirty_seconds(home: SyncHarness) -> None:
    home.world.delete_account("Tester")
    home.clock.pass_by(86400)
    keeper = daemon(home)
    pause(home, keeper)
    before = home.source.requests
    home.clock.pass_by(3600)
    assert pause(home, keeper) == WAKE_INTERVAL
    assert home.source.requests == before


def test_a_database_in_trouble_is_told_once_and_tried_again(
    home: SyncHarness, caplog: pytest.LogCaptureFixture
) -> None:
    keeper = daemon(home)
    open_run = home.writers.runs.open_run
    home.clock.pass_by(900)

    def locked(*given: object) -> int:
        raise StoreBusy("the database is locked")

    home.writers.runs.open_run = locked  # type: ignore[assignment, method-assign]
    with caplog.at_level(logging.INFO):
        for _ in range(5):
            assert pause(home, keeper) == WAKE_INTERVAL
        home.writers.runs.open_run = open_run  # type: ignore[method-assign]
        pause(home, keeper)
        pause(home, keeper)
    said = [record.getMessage() for record in caplog.records]
    assert said == ["the database is locked", "the database works again"]


def test_a_mistake_of_ours_asks_the_site_less_and_less(home: SyncHarness) -> None:
    keeper = daemon(home)
    home.source.progress = lambda *given: 1 / 0  # type: ignore[assignment, method-assign]
    pauses = []
    for _ in range(7):
        home.clock.pass_by(900)
        pauses.append(pause(home, keeper))
    assert pauses[:3] == [2 * WAKE_INTERVAL, 4 * WAKE_INTERVAL, 8 * WAKE_INTERVAL]
    assert pauses[-1] == MAX_ERROR_BACKOFF


def test_a_name_that_nobody_has_is_asked_again_in_an_hour(tmp_path: object) -> None:
    home = SyncHarness(f"sqlite:///{tmp_path}/syncer.db")
    home.name = "Nobody"
    keeper = daemon(home)
    for _ in range(20):
        pause(home, keeper)
        home.clock.pass_by(30)
    assert home.source.requests == 1
    home.close()


def test_a_disk_that_takes_the_run_but_not_the_looks_is_asked_less_and_less(home: SyncHarness) -> None:
    keeper = daemon(home)

    def full(*given: object) -> object:
        raise StoreError("the disk is full")

    home.writers.runs.batch = full  # type: ignore[assignment, method-assign]
    pauses = []
    for _ in range(6):
        home.clock.pass_by(900)
        pauses.append(pause(home, keeper))
    assert pauses[:3] == [2 * WAKE_INTERVAL, 4 * WAKE_INTERVAL, 8 * WAKE_INTERVAL]
    assert pauses[-1] == MAX_ERROR_BACKOFF


def test_a_job_whose_player_left_the_configuration_is_not_missed(home: SyncHarness) -> None:
    keeper = daemon(home)
    keeper._scheduler.job = None
    keeper.run_job(home.syncer)
    home.clock.pass_by(86400)
    assert keeper.stalled_players() == []


def test_a_job_that_was_not_woken_is_missed(home: SyncHarness) -> None:
    keeper = daemon(home)
    keeper.run_job(home.syncer)
    home.clock.pass_by(WAKE_INTERVAL.total_seconds() + 60)
    assert keeper.stalled_players() == []
    home.clock.pass_by(1)
    assert keeper.stalled_players() == ["Tester"]
