"""The jobs of players when the lock is lost, the configuration changes, or the daemon stops."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from syncer.core.clock import SystemClock
from syncer.core.errors import StoreError
from syncer.core.sync.player_sync import PlayerSync
from syncer.run.lock import WriterLock
from syncer.run.player_jobs import WORKING_RUNS, PlayerJobs
from syncer.store.db.engine import Database
from tests.waiting import PATIENCE, wait_until


@dataclass(eq=False)
class Tracked:
    label: str


@dataclass(eq=False)
class Syncer:
    """Stands for a PlayerSync of a player."""

    tracked: Tracked
    runs: list[str] = field(default_factory=list)


def syncer(label: str) -> PlayerSync:
    return cast(PlayerSync, Syncer(Tracked(label)))


@pytest.fixture
def jobs() -> Iterator[PlayerJobs]:
    clock = SystemClock()
    made = PlayerJobs(clock)
    made.start(lambda: None)
    yield made
    clock.stop()
    made.shut_down(PATIENCE)


def test_runs_that_find_the_lock_lost_leave_their_places_until_it_is_free(
    jobs: PlayerJobs, tmp_path: Path
) -> None:
    """One waits for the lock and the others for that one, which needs a place to go on."""
    clock = SystemClock()
    ours, theirs = (WriterLock(Database(f"sqlite:///{tmp_path}/x.db"), clock) for _ in range(2))
    theirs.acquire()
    ended: list[bool] = []

    def run(one: PlayerSync) -> None:
        try:
            ended.append(ours.reacquire())
        except StoreError:
            ended.append(False)

    players = [syncer(f"p{number}") for number in range(2 * WORKING_RUNS)]
    jobs.replace(players, run, 0.0)
    wait_until(lambda: len(jobs.places.waiting) == 0)
    clock.wait(1.0)
    theirs.release()
    wait_until(lambda: len(ended) >= len(players))
    assert any(ended)
    ours.release()


def test_a_run_that_began_before_a_reload_lets_the_new_job_run_at_once(jobs: PlayerJobs) -> None:
    old, new, ran = syncer("Max"), syncer("Max"), list[PlayerSync]()
    begun, goes_on = threading.Event(), threading.Event()

    def run(one: PlayerSync) -> None:
        ran.append(one)
        if one is old:
            begun.set()
            goes_on.wait(PATIENCE)
            jobs.wake_at(one, SystemClock().now() + timedelta(hours=1))

    jobs.replace([old], run, 0.0)
    assert begun.wait(PATIENCE)
    jobs.replace([new], run, 0.0)
    SystemClock().wait(0.2)  # the new job is due, and the old run still goes on
    goes_on.set()
    wait_until(lambda: ran == [old, new], seconds=20)  # not only at the next turn of its trigger


def test_a_job_that_waited_for_a_place_over_a_reload_runs_with_the_new_configuration(
    jobs: PlayerJobs,
) -> None:
    blocked, ran = threading.Event(), list[PlayerSync]()
    olds, news = ([syncer(f"p{number}") for number in range(WORKING_RUNS + 2)] for _ in range(2))

    def run(one: PlayerSync) -> None:
        ran.append(one)
        blocked.wait(PATIENCE)

    jobs.replace(olds, run, 0.0)
    wait_until(lambda: len(ran) == WORKING_RUNS)
    jobs.replace(news, run, 0.0)
    blocked.set()
    wait_until(lambda: len([one for one in ran if one in news]) >= 2, seconds=40)
    assert len([one for one in ran if one in olds]) == WORKING_RUNS


def test_a_stop_wakes_no_job_and_waits_for_a_run_that_sets_its_next_time() -> None:
    clock, begun = SystemClock(), threading.Event()
    jobs, one = PlayerJobs(clock), syncer("Max")

    def run(which: PlayerSync) -> None:
        begun.set()
        while not clock.stopping:
            clock._stopping.wait(0.01)
        jobs.wake_at(which, clock.now())

    jobs.start(lambda: None)
    jobs.replace([one], run, 0.0)
    assert begun.wait(PATIENCE)
    clock.stop()
    jobs.wake_all()
    assert jobs.shut_down(5.0)
