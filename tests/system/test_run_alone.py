"""A run in its own process that sets no time for the next run: its player must not be queued at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from syncer.app import App, open_app
from syncer.config import load
from syncer.core.clock import SystemClock
from syncer.run.advisory_lock import Sharing
from syncer.run.cluster.killed_runs import ALONE_DELAY, FAILED_DELAY
from syncer.run.cluster.worker import Worker, WorkerOptions
from syncer.run.lock import WriterLock
from syncer.store.write.player_schedule import DEATHS_WITH_OTHERS, PlayerSchedule
from tests.cluster_tables import QueueTables

from .simulated_site import a_site

PLAYER = "Tester"
WAIT = "SELECT extract(epoch FROM due_at - now()) FROM syncer_queue.player_schedule"


@pytest.fixture
def app(tmp_path: Path, postgres_url: str) -> Iterator[App]:
    """A cluster in which a worker has died with the run of the only player."""
    with a_site(tmp_path, postgres_url) as site:
        site.prepare_database()
        path = site.folder / "config.toml"
        path.write_text(path.read_text() + "[cluster]\nenabled = true\n")
        path.chmod(0o600)
        with open_app(load(path), SystemClock()) as made:
            QueueTables(made.database)
            schedule = PlayerSchedule(made.database)
            schedule.follow([PLAYER], 0.0)
            for _ in range(DEATHS_WITH_OTHERS):
                schedule.record_death(PLAYER, alone=False)
            yield made


def a_worker(app: App) -> Worker:
    clock = SystemClock()
    lock = WriterLock(app.database, clock, Sharing.AS_WORKER)
    return Worker(app, lock, clock, [], WorkerOptions(1, command=["no-such-command"]))


def require_wait(app: App, seconds: float) -> None:
    with app.database.reading() as tx:
        assert seconds - 5 < float(tx.exec_driver_sql(WAIT).scalar() or 0) <= seconds


def test_a_process_that_cannot_begin_is_not_started_again_at_once(app: App) -> None:
    worker = a_worker(app)
    worker._run_locked(PLAYER)
    require_wait(app, FAILED_DELAY)
    worker._run_locked(PLAYER)  # its turn was given back
    require_wait(app, FAILED_DELAY)


def test_an_internal_error_is_not_repeated_at_once(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("no process can be started")

    monkeypatch.setattr("syncer.run.cluster.killed_runs.run_in_own_process", fail)
    a_worker(app)._run_locked(PLAYER)
    require_wait(app, FAILED_DELAY)


def test_it_takes_no_place_while_another_run_has_its_own_process(app: App) -> None:
    worker = a_worker(app)
    with worker._killed_runs.one_alone:
        worker._run_locked(PLAYER)
    require_wait(app, ALONE_DELAY)
