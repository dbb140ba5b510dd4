"""Faults of the database: locks, full disks, crashes, files that vanish."""

import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from syncer.core.clock import SystemClock
from syncer.core.errors import DatabaseCorrupt, StoreBusy, StoreError, WriterLockHeld
from syncer.run.lock import WriterLock
from syncer.store.admin.integrity import check
from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db.engine import Database
from syncer.store.request_budget import SqlBudgetStore
from tests.postgres import Server
from tests.waiting import PATIENCE

from .harness import SyncHarness

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "content", [b"", b"this is no database, but long enough to be read as a header " * 20]
)
def test_a_file_that_is_no_database_is_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.db"
    path.write_bytes(content)
    with pytest.raises(DatabaseCorrupt):
        upgrade_schema(Database(f"sqlite:///{path}"), NOW)
    assert path.read_bytes() == content


def test_a_closed_database_is_one_file_that_can_be_copied(tmp_path: Path) -> None:
    home = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}")
    home.poll()
    assert home.history(1)
    home.close()
    assert [file.name for file in tmp_path.glob("*-wal")] == []


@pytest.mark.parametrize("how", ["deleted", "replaced"])
def test_a_file_that_vanishes_or_is_replaced_is_not_written(tmp_path: Path, how: str) -> None:
    home = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}")
    home.poll()
    path = tmp_path / "syncer.db"
    path.rename(tmp_path / "moved.db")
    if how == "replaced":
        path.write_bytes((tmp_path / "moved.db").read_bytes())
    with pytest.raises(DatabaseCorrupt):
        home.sync()
    home.close()


def test_only_the_owner_can_read_the_files(tmp_path: Path) -> None:
    home = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}")
    home.poll()
    modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.glob("syncer.db*")}
    assert set(modes.values()) == {0o600}
    home.close()


def test_a_locked_database_is_busy_and_the_next_run_succeeds(tmp_path: Path) -> None:
    home = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}")
    home.poll()
    other = sqlite3.connect(tmp_path / "syncer.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for engine in (home.database.writer, home.database.reader):
        engine.dispose()
    home.database.writer = _with_short_timeout(home)
    with pytest.raises(StoreBusy):
        home.sync()
    other.execute("ROLLBACK")
    home.clock.pass_by(900)
    assert home.poll().exit_code == 0
    other.close()
    home.close()


def _with_short_timeout(home: SyncHarness) -> sa.Engine:
    engine = home.database.writer

    @sa.event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("PRAGMA busy_timeout = 50")

    return engine


def test_a_full_disk_sends_no_request_until_there_is_space(tmp_path: Path) -> None:
    home = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}", games=tuple(range(1, 400)))
    home.poll()
    with home.database.writer.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    home.database.writer.dispose()
    limit = {"pages": pages}

    @sa.event.listens_for(home.database.writer, "connect")
    def on_connect(connection: sqlite3.Connection, _: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {limit['pages']}")

    home.games = tuple(range(1, 4000))
    before = home.source.requests
    with pytest.raises(StoreError, match="full"):
        home.sync()
    assert home.source.requests == before
    limit["pages"] = 100_000
    home.database.writer.dispose()
    home.clock.pass_by(900)
    assert home.poll().targets_seen == 3999
    home.close()


def test_the_error_of_the_second_writer_names_the_first(database_url: str) -> None:
    clock = SystemClock()
    first, second = Database(database_url, application="syncer pid 77 on attic"), Database(database_url)
    held = WriterLock(first, clock)
    held.acquire()
    with pytest.raises(WriterLockHeld, match="pid"):
        WriterLock(second, clock).acquire()
    held.reacquire()
    held.release()
    after = WriterLock(second, clock)
    after.acquire(wait=2)
    after.release()
    first.close()
    second.close()


def test_a_run_survives_dropped_connections(postgres_server: Server) -> None:
    home = SyncHarness(postgres_server.create_database())
    home.poll()
    home.clock.pass_by(900)
    progress = home.source.progress

    def and_the_connections_drop(user: str, game_ids: object) -> object:
        answer = progress(user, game_ids)  # type: ignore[arg-type]
        postgres_server.terminate_connections(
            str(home.database.url.render_as_string(hide_password=False)).replace("+psycopg", "")
        )
        return answer

    home.source.progress = and_the_connections_drop  # type: ignore[assignment, method-assign]
    assert home.poll().exit_code == 0
    assert home.history(1)[0]["poll_count"] == 2
    home.close()


CHILD = """
import sys
from datetime import timedelta
from tests.edges.harness import SyncHarness
home = SyncHarness(sys.argv[1], games=(1, 2, 3, 4, 5, 6), batch_size=2)
home.clock.pass_by(float(sys.argv[2]) * 864000)  # later than all that the killed processes stored
home.sync()
print("ready", flush=True)
while True:
    home.world.earn("Tester", 1, 1, home.clock.now())
    home.world.reset_game("Tester", 2)
    home.clock.pass_by(900)
    home.sync()
"""


def kill_at_random_moments(url: str, times: int) -> None:
    """Kill a syncing process at random moments: what is stored is sound each time, and never less."""
    from random import Random

    rng, polls = Random(5), 0
    for attempt in range(times):
        child = subprocess.Popen([sys.executable, "-c", CHILD, url, str(attempt)], stdout=subprocess.PIPE)
        assert child.stdout
        assert child.stdout.readline() == b"ready\n"
        SystemClock().wait(rng.uniform(0.1, 0.5))
        child.kill()
        child.wait(PATIENCE)
        child.stdout.close()
        database = Database(url)
        assert check(database) == []
        with database.reading() as tx:
            now = tx.execute(sa.text("SELECT coalesce(sum(poll_count), 0) FROM snapshots")).scalar_one()
            counted = tx.execute(sa.text("SELECT coalesce(sum(targets_seen), 0) FROM runs")).scalar_one()
        assert now == counted  # each batch whole, none twice
        assert now >= polls
        polls = now
        database.close()
    assert polls >= times * 6  # each process has finished at least one run


def test_a_killed_process_leaves_whole_batches(database_url: str) -> None:
    kill_at_random_moments(database_url, 3)


@pytest.mark.soak
def test_fifty_killed_processes_leave_whole_batches(database_url: str) -> None:
    kill_at_random_moments(database_url, 50)


def test_a_budget_before_the_first_run_creates_only_its_own_file(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new' / 'folder' / 'syncer.db'}")
    SqlBudgetStore(database, "k" * 32, SystemClock().now).apply(lambda budget, now: budget)
    database.close()
    assert [file.name for file in (tmp_path / "new" / "folder").iterdir()] == ["syncer.db-budget"]


def test_a_folder_that_cannot_be_created_is_an_error_of_the_store(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    database = Database(f"sqlite:///{tmp_path / 'file' / 'syncer.db'}")
    with pytest.raises(StoreError, match="cannot be made"):
        SqlBudgetStore(database, "k" * 32, SystemClock().now).apply(lambda budget, now: budget)
    with pytest.raises(StoreError, match="cannot be made"):
        upgrade_schema(database, NOW)
    database.close()
