"""A restored database is the one that was backed up; a bad backup replaces nothing."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from syncer.core.clock import SystemClock
from syncer.core.errors import DatabaseCorrupt, DatabaseIncompatible, StoreBusy, StoreError
from syncer.store.admin.backup import backup
from syncer.store.admin.restore import restore
from syncer.store.db.engine import Database
from syncer.store.db.revision import head

from .harness import START
from .many_players import all_checksums
from .test_backup import at, checksums_of, names_in, quietly, recorded

LATER = START + timedelta(days=1)
clock = SystemClock()


def test_a_restored_database_is_the_one_that_was_backed_up(tmp_path: Path) -> None:
    home = recorded(at(tmp_path / "syncer.db"))
    backup(home.database, tmp_path / "copy.db", quietly)
    before, content = all_checksums(home.database), (tmp_path / "copy.db").read_bytes()
    home.clock.pass_by(900)
    home.poll()
    after = all_checksums(home.database)
    assert after != before
    home.close()
    done = restore(home.database, tmp_path / "copy.db", LATER, quietly)
    assert all_checksums(home.database) == before
    assert (done.revision, done.kept) == (head(), tmp_path / "syncer.db.replaced-20260502T120000")
    assert checksums_of(at(tmp_path / "syncer.db.replaced-20260502T120000")) == after
    assert (tmp_path / "copy.db").read_bytes() == content
    home.clock.pass_by(900)
    assert home.poll().exit_code == 0
    home.close()
    assert (tmp_path / "syncer.db").stat().st_mode & 0o777 == 0o600


def test_nothing_is_replaced_while_somebody_reads(tmp_path: Path) -> None:
    home = recorded(at(tmp_path / "syncer.db"))
    backup(home.database, tmp_path / "copy.db", quietly)
    home.clock.pass_by(900)
    home.poll()
    before = all_checksums(home.database)
    home.close()
    with sqlite3.connect(tmp_path / "syncer.db") as reader:
        reader.execute("SELECT count(*) FROM runs").fetchall()
        with pytest.raises(StoreBusy):
            restore(home.database, tmp_path / "copy.db", LATER, quietly)
    reader.close()
    assert all_checksums(home.database) == before
    assert [name for name in names_in(tmp_path) if "replaced" in name or "part" in name] == []
    home.close()


def test_a_damaged_database_is_replaced_and_kept(tmp_path: Path) -> None:
    home = recorded(at(tmp_path / "syncer.db"))
    backup(home.database, tmp_path / "copy.db", quietly)
    before = all_checksums(home.database)
    home.close()
    (tmp_path / "syncer.db").write_bytes(b"eaten " * 5000)
    done = restore(home.database, tmp_path / "copy.db", LATER, quietly)
    assert done.kept
    assert done.kept.read_bytes() == b"eaten " * 5000
    assert all_checksums(home.database) == before
    home.close()


def test_a_log_without_its_database_is_not_played_into_the_new_one(tmp_path: Path) -> None:
    home = recorded(at(tmp_path / "syncer.db"))
    backup(home.database, tmp_path / "copy.db", quietly)
    before = all_checksums(home.database)
    home.clock.pass_by(900)
    home.poll()
    log = (tmp_path / "syncer.db-wal").read_bytes()
    assert log
    home.close()
    (tmp_path / "syncer.db").unlink()
    (tmp_path / "syncer.db-wal").write_bytes(log)
    done = restore(home.database, tmp_path / "copy.db", LATER, quietly)
    assert done.kept is None
    assert all_checksums(home.database) == before
    home.close()


def make_newer(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()


def make_damaged(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xaa" * (len(content) - 4096)
    path.write_bytes(content)


def make_another_programs(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (id INTEGER)")
    connection.close()


def make_tableless(path: Path) -> None:
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 1")
    connection.close()


@pytest.mark.parametrize(
    ("spoil", "refusal"),
    [
        (make_newer, DatabaseIncompatible),
        (make_damaged, DatabaseCorrupt),
        (make_another_programs, DatabaseIncompatible),
        (make_tableless, DatabaseIncompatible),
        (lambda path: path.write_bytes(b""), DatabaseIncompatible),
        (lambda path: path.write_text("no database " * 100), DatabaseCorrupt),
        (lambda path: path.unlink(), DatabaseIncompatible),
    ],
)
def test_what_is_no_good_backup_replaces_nothing(
    tmp_path: Path, spoil: object, refusal: type[StoreError]
) -> None:
    home = recorded(at(tmp_path / "syncer.db"))
    backup(home.database, tmp_path / "copy.db", quietly)
    before = all_checksums(home.database)
    home.close()
    spoil(tmp_path / "copy.db")  # type: ignore[operator]
    with pytest.raises(refusal):
        restore(home.database, tmp_path / "copy.db", LATER, quietly)
    assert all_checksums(home.database) == before
    assert [name for name in names_in(tmp_path) if "replaced" in name or "part" in name] == []
    home.close()


def test_on_postgres_a_backup_is_restored_into_an_empty_database(postgres_url: str, tmp_path: Path) -> None:
    home = recorded(at(tmp_path / "syncer.db"))
    backup(home.database, tmp_path / "copy.db", quietly)
    large = Database(postgres_url)
    restore(large, tmp_path / "copy.db", LATER, quietly)
    assert all_checksums(large) == all_checksums(home.database)
    with pytest.raises(DatabaseIncompatible, match="not empty"):
        restore(large, tmp_path / "copy.db", LATER, quietly)
    assert [name for name in names_in(tmp_path) if name.startswith("copy")] == ["copy.db"]
    large.close()
    home.close()
