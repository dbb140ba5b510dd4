"""A lock that was lost, and taken again while other jobs wait for it."""

import threading
import time
from contextlib import closing
from pathlib import Path
from typing import cast

from syncer.core.clock import SystemClock
from syncer.run.lock import WriterLock
from syncer.store.db.engine import Database
from tests.postgres import Server
from tests.waiting import PATIENCE

from .harness import SyncHarness
from .test_daemon_jobs import FreeLock, JobHarness


def test_a_lock_that_is_taken_again_while_others_wait_for_it_is_noticed(tmp_path: Path) -> None:
    """All of them have read the mark before the one that finds the lock lost sets it."""
    home = SyncHarness(f"sqlite:///{tmp_path}/syncer.db")
    asked, lost = threading.Barrier(2), [True]

    class SlowLock(FreeLock):
        def reacquire(self) -> bool:
            was_lost = lost.pop() if lost else False
            asked.wait(PATIENCE)
            if not was_lost:
                time.sleep(0.1)
            return was_lost

    jobs = JobHarness(home, cast(WriterLock, SlowLock())).jobs
    threads = [threading.Thread(target=jobs._reacquire_lock) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert jobs._lock_was_lost
    home.close()


def test_a_lock_whose_connection_was_cut_stays_lost_until_it_is_taken_again(
    postgres_server: Server, postgres_url: str
) -> None:
    """Several threads ask; the first one that finds the connection broken must not leave a trap."""
    with closing(Database(postgres_url)) as database:
        lock = WriterLock(database, SystemClock())
        lock.acquire()
        postgres_server.terminate_connections(postgres_url)
        assert [lock.is_held() for _ in range(3)] == [False, False, False]
        assert lock.reacquire()
        assert lock.is_held()
        lock.release()
