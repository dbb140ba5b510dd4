"""Faults of a database that no other test has: a log that is gone, a lock whose holder was killed."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from syncer.core.clock import SystemClock
from syncer.core.errors import StoreError
from syncer.run.lock import WriterLock
from syncer.store.admin.integrity import check
from tests.edges.harness import SyncHarness
from tests.waiting import PATIENCE

from .invariants import assert_sound

HOLDER = """
import sys, time
from syncer.core.clock import SystemClock
from syncer.run.lock import WriterLock
from syncer.store.db.engine import Database
lock = WriterLock(Database(sys.argv[1], application="the holder"), SystemClock())
lock.acquire()
print("held", flush=True)
time.sleep(600)
"""


def test_d10_a_log_that_is_deleted_after_a_crash_costs_only_what_was_in_it(tmp_path: Path) -> None:
    crashed = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}")
    crashed.poll()
    (tmp_path / "without").mkdir()
    shutil.copy(tmp_path / "syncer.db", tmp_path / "without")  # and not syncer.db-wal
    assert (tmp_path / "syncer.db-wal").stat().st_size
    crashed.close()
    home = SyncHarness(f"sqlite:///{tmp_path / 'without' / 'syncer.db'}")
    assert check(home.database) == []
    assert home.poll().exit_code == 0
    assert_sound(home)
    assert [len(home.history(game)) for game in home.games] == [1] * 4
    home.close()


def test_d18_the_lock_of_a_killed_process_is_free(home: SyncHarness, database_url: str) -> None:
    child = subprocess.Popen([sys.executable, "-c", HOLDER, database_url], stdout=subprocess.PIPE)
    assert child.stdout
    assert child.stdout.readline() == b"held\n"
    lock = WriterLock(home.database, SystemClock())
    with pytest.raises(StoreError):
        lock.acquire()
    child.kill()
    child.wait(PATIENCE)
    child.stdout.close()
    lock.acquire(wait=PATIENCE)
    assert lock.is_held()
    lock.release()


@pytest.mark.parametrize("statement", ["DELETE FROM snapshots", "CREATE TABLE t (c INTEGER)"])
def test_s08_a_transaction_of_the_pages_cannot_write(home: SyncHarness, statement: str) -> None:
    before = home.history(1)
    with pytest.raises(StoreError), home.database.reading() as tx:
        tx.execute(sa.text(statement))
    assert home.history(1) == before
    assert_sound(home)
