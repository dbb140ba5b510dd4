"""Faults of an upgrade: killed at any statement, several at once, and a disk that is full."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from syncer.core.clock import SystemClock
from syncer.core.errors import StoreError
from syncer.run.lock import WriterLock
from syncer.store.admin.integrity import check
from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db.engine import Database
from syncer.store.db.revision import current, head
from tests.fixtures.thaw import stored, thawed
from tests.waiting import PATIENCE

LATER = datetime(2026, 6, 1, tzinfo=UTC)
KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from itertools import count
import sqlalchemy as sa
from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db.engine import Database
numbers = count(1)
@sa.event.listens_for(sa.Engine, "before_cursor_execute")
def die(connection, cursor, statement, *more):
    if not statement.lstrip().startswith(("SELECT", "PRAGMA", "BEGIN")) and next(numbers) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
upgrade_schema(Database(sys.argv[1]), datetime(2026, 5, 1, tzinfo=UTC))
"""


@pytest.mark.parametrize("number", [7, 25])
def test_m02_an_upgrade_that_is_killed_changes_nothing_and_can_be_repeated(
    empty_database_url: str, tmp_path: Path, number: int
) -> None:
    database = thawed("0005", empty_database_url, tmp_path)
    before = stored(database)
    database.close()
    command = [sys.executable, "-c", KILLED, empty_database_url, str(number)]
    assert subprocess.run(command, timeout=PATIENCE, check=False).returncode == -signal.SIGKILL
    assert (current(database), stored(database)) == ("0005", before)
    assert upgrade_schema(database, LATER) == ("0005", head())
    assert check(database) == []
    database.close()


def test_m03_of_upgrades_at_one_time_one_does_it(empty_database_url: str, tmp_path: Path) -> None:
    """The commands hold the writer lock meanwhile; PostgreSQL needs none, for the upgrade has its own."""
    thawed("0010", empty_database_url, tmp_path).close()
    together, errors = threading.Barrier(3), list[BaseException]()

    def upgrade() -> None:
        database = Database(empty_database_url)
        together.wait(PATIENCE)
        lock = WriterLock(database, SystemClock())
        try:
            if database.path:
                lock.acquire(wait=PATIENCE)
            upgrade_schema(database, LATER)
        except BaseException as error:
            errors.append(error)
        lock.release()
        database.close()

    threads = [threading.Thread(target=upgrade) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    database = Database(empty_database_url)
    assert (errors, current(database), check(database)) == ([], head(), [])
    database.close()


@contextmanager
def small_disk(path: Path, spare: int) -> Iterator[None]:
    """Let files grow by so many pages more than this one has."""

    def limit(connection: Any, _: Any) -> None:
        pages = path.stat().st_size // 4096 + spare
        connection.execute(f"PRAGMA max_page_count = {pages}")

    sa.event.listen(sa.Engine, "connect", limit)
    try:
        yield
    finally:
        sa.event.remove(sa.Engine, "connect", limit)


def test_m07_an_upgrade_on_a_full_disk_changes_nothing(tmp_path: Path) -> None:
    database = thawed("0005", f"sqlite:///{tmp_path / 'syncer.db'}", tmp_path)
    before = stored(database)
    database.close()
    with small_disk(tmp_path / "syncer.db", spare=1), pytest.raises(StoreError, match="full") as failed:
        upgrade_schema(database, LATER)
    assert failed.value.exit_code == 69
    database.close()
    assert (current(database), stored(database)) == ("0005", before)
    assert list(tmp_path.glob("syncer.db.0005-*")) == []  # the copy is of what is still there
    assert upgrade_schema(database, LATER) == ("0005", head())
    assert check(database) == []
    database.close()
