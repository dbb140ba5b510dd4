"""A lock that was lost, and taken again while other jobs wait for it."""

import threading
import time
from pathlib import Path
from typing import cast

from syncer.run.lock import WriterLock
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
