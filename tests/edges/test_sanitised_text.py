"""Text from the database is sanitised on its way out; copies keep what is stored."""

from pathlib import Path

import sqlalchemy as sa

from syncer.store.admin.backup import backup
from syncer.store.admin.copy import copy
from syncer.store.admin.export import exporting
from syncer.store.db.engine import Database
from syncer.store.db.tables import history
from syncer.store.db.text import Text, sanitised
from syncer.store.db.views import views

from .harness import SyncHarness
from .test_backup import quietly

EVIL = "\x1b]0;owned\x07\u202egnp.exe\x9b2J"
SAFE = "\ufffd]0;owned\ufffd\ufffdgnp.exe\ufffd2J"


def test_every_text_column_of_tables_and_views_is_read_sanitised() -> None:
    columns = [column for data in (history, views) for table in data.tables.values() for column in table.c]
    texts = [column for column in columns if isinstance(getattr(column.type, "impl", column.type), sa.String)]
    assert len(texts) > 30
    assert [str(column) for column in texts if not isinstance(column.type, Text)] == []


def test_what_is_printable_and_line_breaks_stay_as_they_are() -> None:
    for text in ("Pokémon 🎮", "\u05e9\u05dc\u05d5\u05dd", "two\nlines\tand a tab", ""):
        assert sanitised(text) == text
    assert sanitised("a\0b\x7f\u2066\udc80") == "a\ufffdb\ufffd\ufffd\ufffd"


def test_a_title_from_the_database_acts_on_no_terminal_and_a_copy_keeps_it(
    database_url: str, tmp_path: Path
) -> None:
    home = SyncHarness(database_url)
    home.poll()
    with home.database.writing() as tx:
        tx.execute(sa.text("UPDATE games SET title = :evil"), {"evil": EVIL})
    for name in ("games", "latest_progress"):
        with exporting(home.database) as tables:
            found = {row._mapping["title"] for rows in tables.rows(name) for row in rows}  # type: ignore[attr-defined]
            assert found == {SAFE}
    backup(home.database, tmp_path / "backup.db", quietly)
    target = Database(f"sqlite:///{tmp_path / 'copy.db'}")
    copy(home.database, target, quietly)
    for database in (target, Database(f"sqlite:///{tmp_path / 'backup.db'}")):
        with database.reading() as tx:
            assert {*tx.scalars(sa.text("SELECT title FROM games"))} == {EVIL}
        database.close()
    home.close()
