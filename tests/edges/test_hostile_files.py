"""A file from elsewhere is believed only if it is exactly what our versions write: schema and values."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from syncer.core.errors import DatabaseCorrupt
from syncer.store.admin.backup import backup
from syncer.store.admin.integrity import check, foreign_objects
from syncer.store.admin.restore import restore
from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db.engine import Database
from syncer.store.db.revision import current, require_current, verified_revision
from tests.fixtures.thaw import thawed

from .harness import START
from .hostile_files import POSTGRES_MUTATIONS, SCHEMA_MUTATIONS, VALUE_MUTATIONS
from .hostile_objects import OBJECT_MUTATIONS
from .mutation import mutate
from .test_backup import at, names_in, quietly, recorded

LATER = START + timedelta(days=1)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The backup of a small history."""
    folder = tmp_path_factory.mktemp("sound")
    home = recorded(at(folder / "syncer.db"))
    backup(home.database, folder / "sound.db", quietly)
    home.close()
    return folder / "sound.db"


def refused(path: Path, folder: Path, match: str) -> None:
    """Fail unless the restoration is refused with what differs, and nothing came into being."""
    target = Database(at(folder / "home" / "syncer.db"))
    with pytest.raises(DatabaseCorrupt) as error:
        restore(target, path, LATER, quietly)
    assert match in error.value.message
    assert (error.value.exit_code, names_in(folder / "home")) == (65, [])


@pytest.fixture
def copied(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sound, tmp_path / "copy.db"))


@pytest.mark.parametrize("name", SCHEMA_MUTATIONS | OBJECT_MUTATIONS)
def test_a_file_whose_schema_is_not_ours_is_refused(name: str, copied: Path, tmp_path: Path) -> None:
    change, match = (SCHEMA_MUTATIONS | OBJECT_MUTATIONS)[name]
    mutate(copied, change)
    refused(copied, tmp_path, match)
    opened = Database(at(copied))
    for call in (current, require_current, lambda db: backup(db, tmp_path / "other.db", quietly)):
        with pytest.raises(DatabaseCorrupt) as error:
            call(opened)
        assert match in error.value.message
    opened.close()


@pytest.mark.parametrize("name", VALUE_MUTATIONS)
def test_a_file_with_a_value_that_is_not_ours_is_refused(name: str, copied: Path, tmp_path: Path) -> None:
    change, match = VALUE_MUTATIONS[name]
    mutate(copied, change)
    refused(copied, tmp_path, match)
    opened = Database(at(copied))
    assert any(match in line for line in check(opened))
    opened.close()


FOREIGN = """
    CREATE VIEW mine AS SELECT title FROM games;
    CREATE VIRTUAL TABLE found USING fts5(title);
    CREATE TABLE _replicated (id INTEGER);
    CREATE TRIGGER theirs AFTER INSERT ON _replicated BEGIN DELETE FROM _replicated; END;
    CREATE INDEX games_by_title ON games (title);
    CREATE INDEX unique_title ON games (title) WHERE is_event;
    CREATE TABLE notes (id INTEGER PRIMARY KEY AUTOINCREMENT, game INTEGER REFERENCES games, "a ""b" UNIQUE);
    CREATE UNIQUE INDEX one_note ON notes (game);
    INSERT INTO notes (game) SELECT id FROM games LIMIT 1;
    ANALYZE"""


def test_what_others_made_beside_our_tables_is_allowed_and_listed(copied: Path) -> None:
    mutate(copied, FOREIGN)
    opened = Database(at(copied))
    require_current(opened)
    made = {"view mine", "table found", "table _replicated", "trigger theirs", "index games_by_title"}
    made |= {"index unique_title", "table notes", "index one_note"}
    assert made <= {*foreign_objects(opened)}
    assert not [name for name in foreign_objects(opened) if "sqlite_" in name]
    assert check(opened) == []
    opened.close()


def test_what_others_made_is_restored_only_when_asked_for(copied: Path, tmp_path: Path) -> None:
    mutate(copied, FOREIGN)
    refused(copied, tmp_path, "holds what no version made: view mine")
    target = Database(at(tmp_path / "home" / "syncer.db"))
    restore(target, copied, LATER, quietly, keep_foreign=True)
    assert "view mine" in foreign_objects(target)
    target.close()


def test_a_statement_in_other_words_is_the_same(copied: Path) -> None:
    """SQLite quotes names itself when it alters a table, and people write in their own case."""
    mutate(
        copied,
        """DROP INDEX games_events; create index "games_events" on [games](`id`) /* few */ where is_event;
        ALTER TABLE games RENAME TO old; ALTER TABLE old RENAME TO games""",
    )
    opened = Database(at(copied))
    require_current(opened)
    opened.close()


def test_an_older_schema_is_compared_before_it_is_upgraded(tmp_path: Path) -> None:
    database = thawed("0005", "sqlite", tmp_path)
    mutate(tmp_path / "syncer.db", "DROP INDEX snapshots_open")
    with pytest.raises(DatabaseCorrupt, match="revision 0005 makes it: index snapshots_open is missing"):
        current(database)
    database.close()


def test_on_postgres_each_change_of_ours_is_refused_and_others_are_listed(postgres_url: str) -> None:
    """Each in a transaction that is taken back: creating a database takes longer than all of them."""
    database = Database(postgres_url)
    upgrade_schema(database, LATER)
    for name, (change, match) in POSTGRES_MUTATIONS.items():
        with database.writer.connect() as tx:
            tx.exec_driver_sql(change)
            with pytest.raises(DatabaseCorrupt) as error:
                verified_revision(tx, "it")
            assert match in error.value.message, name
            tx.rollback()
    with database.writer.begin() as tx:
        tx.exec_driver_sql("CREATE VIEW mine AS SELECT title FROM games")
        tx.exec_driver_sql("CREATE INDEX games_by_title ON games (title)")
    require_current(database)
    assert sorted(foreign_objects(database)) == ["index games_by_title", "view mine"]
    assert check(database) == []
    database.close()
