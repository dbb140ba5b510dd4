"""A process that is killed before any commit doubles nothing; one that lost its lock delivers nothing."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from syncer.run.lock import WriterLock
from syncer.store.db.engine import Database

from .harness import SyncHarness
from .notifier_harness import deliver, enqueue_two, make_worker, working_service
from .outbox_harness import enqueued, polled_with_a_service


class Killed(BaseException):
    """The end of the process: no clean-up of the program may see it."""


home = pytest.fixture(polled_with_a_service)


def killed_before_commit(home: SyncHarness, number: int) -> bool:
    """Run, but die before this commit. Return whether the run was long enough."""
    commits = 0

    def die(connection: Any) -> None:
        nonlocal commits
        commits += 1
        if commits >= number:  # nor does what the program does after it reach the disk
            raise Killed

    sa.event.listen(home.database.writer, "commit", die)
    try:
        home.poll()
    except Killed:
        return True
    finally:
        sa.event.remove(home.database.writer, "commit", die)
    return False


def restart(home: SyncHarness) -> None:
    """Do what the next start does."""
    home.writers.runs.interrupt_open_runs(home.clock.now())
    home.clock.pass_by(1)
    home.poll()


def test_a_process_that_is_killed_before_any_commit_stores_and_announces_each_change_once(
    home: SyncHarness,
) -> None:
    service, kills = working_service(), 0
    while True:
        game = 1 + kills % 3
        before = len(home.history(game)), len(enqueued(home))
        home.clock.pass_by(900)
        home.world.earn("Tester", game, 1, home.clock.now())
        was_killed = killed_before_commit(home, kills + 1)
        restart(home)
        assert (len(home.history(game)), len(enqueued(home))) == (before[0] + 1, before[1] + 1), kills
        deliver(home, service)
        if not was_killed:
            break
        kills += 1
    assert kills >= 3  # the run's row, its batch, its end
    assert len(service.sent) == len(set(service.sent)) == len(enqueued(home))
    with home.database.reading() as tx:
        assert tx.scalar(sa.text("SELECT count(*) FROM rejections")) == 0
        assert tx.scalar(sa.text("SELECT count(*) FROM runs WHERE outcome = 'running'")) == 0


def test_a_daemon_whose_lock_was_lost_delivers_nothing_beside_the_process_that_took_it(
    home: SyncHarness, tmp_path: Path
) -> None:
    lock = WriterLock(home.database, home.clock)
    lock.acquire()
    other = Database(home.database.url.render_as_string())
    taken = WriterLock(other, home.clock)
    (tmp_path / "syncer.db-lock").unlink()
    taken.acquire()
    enqueue_two(home, "no such host")
    service = working_service()
    daemon = make_worker(home, service, may_deliver=lock.is_held)
    daemon.run()
    assert service.sent == []
    taken.release()
    lock.reacquire()
    daemon.run()
    assert len(service.sent) == 2
    lock.release()
    other.close()
