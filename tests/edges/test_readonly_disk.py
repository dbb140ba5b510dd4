"""Where nothing can be written, everything that reads still works; a folder that is closed is named."""

import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir

import pytest
import sqlalchemy as sa

from syncer.core.errors import StoreError
from syncer.store.admin.backup import backup
from syncer.store.admin.export import exporting
from syncer.store.admin.integrity import check
from syncer.store.db.engine import Database
from syncer.store.db.revision import current, has_file, require_current

from .harness import SyncHarness
from .test_backup import at, quietly, recorded

NOBODY = 65534


@contextmanager
def another_user() -> Iterator[None]:
    """Be somebody whom permissions hold, if this is root."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


@contextmanager
def full_disk() -> Iterator[None]:
    """Refuse each byte that is written to a file."""
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Path]:
    """A history whose writer has ended, in a folder in which nobody may write."""
    for folder in (tmp_path, *tmp_path.parents):
        if folder.is_relative_to(gettempdir()) and folder.stat().st_uid == os.geteuid():
            folder.chmod(folder.stat().st_mode | 0o055)
    (tmp_path / "disk").mkdir()
    home = recorded(at(tmp_path / "disk" / "syncer.db"))
    home.close()
    for file in (tmp_path / "disk").iterdir():
        file.chmod(0o444)
    (tmp_path / "disk").chmod(0o555)
    yield tmp_path / "disk" / "syncer.db"
    (tmp_path / "disk").chmod(0o755)


def reads_everything(database: Database) -> None:
    require_current(database)
    assert check(database) == []
    with exporting(database) as tables:
        assert tables.count("snapshots") == sum(len(rows) for rows in tables.rows("snapshots")) > 0


def test_a_readonly_folder_is_read_and_backed_up_elsewhere(closed: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    elsewhere.chmod(0o777)
    with another_user():
        database = Database(at(closed))
        reads_everything(database)
        backup(database, elsewhere / "backup.db", quietly)
        database.close()
    assert (elsewhere / "backup.db").stat().st_size
    assert [file.name for file in closed.parent.iterdir() if file.name.endswith(("-wal", "-shm"))] == []


def test_a_full_disk_is_read(tmp_path: Path) -> None:
    home = recorded(at(tmp_path / "syncer.db"))
    home.close()
    database = Database(at(tmp_path / "syncer.db"))
    with full_disk():
        reads_everything(database)
    database.close()


def test_a_writer_that_comes_ends_the_immutable_reading(closed: Path) -> None:
    reader = Database(at(closed))
    with another_user(), reader.reading() as tx:
        before = tx.scalar(sa.text("SELECT count(*) FROM runs"))
    closed.parent.chmod(0o755)
    home = SyncHarness(at(closed))
    home.clock.pass_by(7200)
    home.poll()
    with reader.reading() as tx:
        assert tx.scalar(sa.text("SELECT count(*) FROM runs")) == before + 1
    reader.close()
    home.close()


def test_a_log_that_cannot_be_read_here_is_not_left_out(closed: Path) -> None:
    closed.parent.chmod(0o755)
    (closed.parent / "syncer.db-wal").write_bytes(b"of a writer that was killed")
    closed.parent.chmod(0o555)
    with another_user():
        database = Database(at(closed))
        with pytest.raises(StoreError, match="cannot be opened or written"):
            current(database)
        database.close()


def test_a_folder_that_may_not_be_entered_is_named(closed: Path) -> None:
    closed.parent.chmod(0o600)
    with another_user(), pytest.raises(StoreError) as error:
        has_file(Database(at(closed)))
    assert f"{closed} cannot be reached: {closed.parent} (Permission denied)" in error.value.message
    assert f"ls -ld {closed.parent}" in error.value.hint
