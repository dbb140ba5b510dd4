"""A backup is whole, checked and equal; restored it is the database again, and nothing is lost on the way."""

import sqlite3
import threading
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa

from syncer.core.clock import SystemClock
from syncer.core.errors import DatabaseCorrupt, DatabaseIncompatible, StoreError
from syncer.store.admin.backup import backup
from syncer.store.admin.copy import TABLES, in_order
from syncer.store.admin.integrity import check
from syncer.store.admin.restore import restore
from syncer.store.db.engine import Database
from syncer.store.db.streaming import TableChecksum, checksum_of
from tests.waiting import PATIENCE

from .harness import START, SyncHarness
from .many_players import all_checksums, create_long_history

LATER = START + timedelta(days=1)
clock = SystemClock()


def quietly(done: int, total: int) -> None:
    assert 0 <= done <= total


def at(path: Path) -> str:
    return f"sqlite:///{path}"


def checksums_of(url: str) -> dict[str, TableChecksum]:
    database = Database(url)
    found = all_checksums(database)
    database.close()
    return found


def names_in(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir() if file.name != "home")


def recorded(url: str) -> SyncHarness:
    home = SyncHarness(url)
    home.poll()
    home.world.earn("Tester", 1, 2, home.clock.now())
    home.clock.pass_by(900)
    home.poll()
    return home


def test_a_backup_is_equal_and_for_its_owner_only(database_url: str, tmp_path: Path) -> None:
    home = recorded(database_url)
    folder = tmp_path / "backups"
    folder.mkdir()
    backup(home.database, folder / "copy.db", quietly)
    assert names_in(folder) == ["copy.db"]
    assert (folder / "copy.db").stat().st_mode & 0o777 == 0o600
    assert checksums_of(at(folder / "copy.db")) == all_checksums(home.database)
    copy = Database(at(folder / "copy.db"))
    assert check(copy) == []
    copy.close()
    home.close()


def test_a_backup_never_replaces_a_file(database_url: str, tmp_path: Path) -> None:
    home = recorded(database_url)
    (tmp_path / "copy.db").write_text("the better one")
    with pytest.raises(StoreError, match="is there already"):
        backup(home.database, tmp_path / "copy.db", quietly)
    assert (tmp_path / "copy.db").read_text() == "the better one"
    with pytest.raises(StoreError, match="No such file or directory"):
        backup(home.database, tmp_path / "nowhere" / "copy.db", quietly)
    home.close()


def test_where_no_database_is_there_is_no_backup(tmp_path: Path) -> None:
    with pytest.raises(DatabaseIncompatible, match="not there yet"):
        backup(Database(at(tmp_path / "syncer.db")), tmp_path / "copy.db", quietly)
    assert names_in(tmp_path) == []


def test_a_database_of_an_older_revision_has_a_backup_too(tmp_path: Path) -> None:
    """The documentation asks for one before an upgrade, so no current schema is needed."""
    home = recorded(at(tmp_path / "syncer.db"))
    with home.database.writing() as tx:
        tx.execute(sa.text("UPDATE alembic_version SET version_num = '0000'"))
        tx.execute(sa.text('CREATE TABLE "of old" (what TEXT)'))
        tx.execute(sa.text("""INSERT INTO "of old" VALUES ('kept')"""))
    backup(home.database, tmp_path / "copy.db", quietly)
    with sqlite3.connect(tmp_path / "copy.db") as connection:
        assert connection.execute('SELECT what FROM "of old"').fetchall() == [("kept",)]
    connection.close()
    home.close()


def test_on_postgres_an_older_revision_is_left_to_pg_dump(postgres_url: str, tmp_path: Path) -> None:
    with pytest.raises(DatabaseIncompatible) as said:
        backup(Database(postgres_url), tmp_path / "copy.db", quietly)
    assert "pg_dump" in said.value.hint
    assert names_in(tmp_path) == []


def test_a_damaged_database_gets_no_backup_that_seems_sound(tmp_path: Path) -> None:
    create_long_history(at(tmp_path / "syncer.db"), 5000).close()
    content = bytearray((tmp_path / "syncer.db").read_bytes())
    content[4096 * 40 : 4096 * 60] = b"\xaa" * 4096 * 20
    (tmp_path / "syncer.db").write_bytes(content)
    database = Database(at(tmp_path / "syncer.db"))
    with pytest.raises(DatabaseCorrupt) as said:
        backup(database, tmp_path / "copy.db", quietly)
    database.close()
    assert (f"{tmp_path / 'syncer.db'} is" in said.value.message, ".part" in said.value.message) == (
        True,
        False,
    )
    assert not [name for name in names_in(tmp_path) if "copy" in name]
    assert (tmp_path / "syncer.db").read_bytes() == content


def test_drafts_of_the_dead_are_swept(tmp_path: Path) -> None:
    home = recorded(at(tmp_path / "syncer.db"))
    for name in (".copy.db.4194399.part", ".copy.db.4194399.part-wal"):  # above the highest process id
        (tmp_path / name).touch()
    (tmp_path / ".copy.db.1.part").touch()  # that one lives
    backup(home.database, tmp_path / "copy.db", quietly)
    assert [name for name in names_in(tmp_path) if "copy" in name] == [".copy.db.1.part", "copy.db"]
    home.close()


def commits_of(home: SyncHarness) -> list[dict[str, TableChecksum]]:
    """What is stored after each of the writer's transactions, from now on."""
    states = [all_checksums(home.database)]

    @sa.event.listens_for(home.database.writer, "commit")
    def on_commit(connection: sa.Connection) -> None:
        state = {t.name: checksum_of([connection.execute(in_order(t)).all()]) for t in TABLES}
        if state != states[-1]:  # a transaction that changed nothing
            states.append(state)

    return states


def test_a_backup_while_the_recorder_writes_is_a_prefix_of_what_was_committed(
    database_url: str, tmp_path: Path
) -> None:
    home = SyncHarness(database_url, games=(1, 2, 3, 4, 5, 6), batch_size=2)
    home.poll()
    states, enough = commits_of(home), threading.Event()

    def live() -> None:
        rng = Random(3)
        while not enough.is_set():
            home.world.earn("Tester", rng.randint(1, 6), 1, home.clock.now())
            home.world.reset_game("Tester", rng.randint(1, 6))
            home.clock.pass_by(900)
            home.poll()

    writer = threading.Thread(target=live)
    writer.start()
    source, places = Database(database_url), list[int]()
    for number in range(5):
        before = len(states)
        backup(source, tmp_path / f"{number}.db", quietly)
        restored = Database(at(tmp_path / f"restored-{number}.db"))
        restore(restored, tmp_path / f"{number}.db", LATER, quietly)
        assert check(restored) == []
        assert all_checksums(restored) in states
        places.append(states.index(all_checksums(restored)))
        assert places[-1] >= before - 2  # nothing that was committed before it began is missing
        restored.close()
    enough.set()
    writer.join(PATIENCE)
    assert places == sorted(places)
    assert len(states) > places[-1] > places[0]
    source.close()
    home.close()
