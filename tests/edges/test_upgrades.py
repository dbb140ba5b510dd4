"""Histories as older versions left them come through every upgrade whole."""

import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import alembic.command
import pytest
import sqlalchemy as sa
from alembic.config import Config

from syncer.store.admin.export import TABLES, exported
from syncer.store.admin.integrity import check
from syncer.store.admin.upgrade import upgrade
from syncer.store.db.engine import Database
from syncer.store.db.revision import MIGRATIONS, current, head, read_revision, revisions
from tests.fixtures.freeze import frozen

from .harness import START

FROZEN = sorted((Path(__file__).parents[1] / "fixtures").glob("[0-9]*.sql"))
LATER = START + timedelta(days=30)
Stored = dict[str, list[dict[str, Any]]]


def alembic_on(connection: sa.Connection) -> Config:
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    made.attributes["connection"] = connection
    return made


def stored(database: Database) -> Stored:
    """All rows, as the database itself describes them."""
    with database.reading() as tx:
        found = sa.MetaData()
        found.reflect(tx)
        return {
            table.name: [
                dict(row._mapping) for row in tx.execute(sa.select(table).order_by(*table.primary_key))
            ]
            for table in found.sorted_tables
            if table.name not in ("alembic_version", "budgets")
        }


def thawed(sql: Path, url: str, tmp_path: Path) -> Database:
    """The frozen history, at its own revision; for PostgreSQL moved into the schema of that time."""
    small = Database(f"sqlite:///{tmp_path / 'syncer.db'}")
    with sqlite3.connect(tmp_path / "syncer.db") as connection:
        connection.executescript(sql.read_bytes().decode())
    connection.close()
    if url.startswith("sqlite"):
        return small
    old, large = stored(small), Database(url)
    with large.writer.begin() as tx:
        alembic.command.upgrade(alembic_on(tx), sql.stem)
        found = sa.MetaData()
        found.reflect(tx)
        for table in found.sorted_tables:
            if old.get(table.name):
                tx.execute(table.insert(), old[table.name])
    small.close()
    return large


def common(before: Stored, after: Stored) -> Stored:
    """What is stored after, in the columns that were there before."""
    return {
        name: [{key: row[key] for key in (rows[0] if rows else row)} for row in after[name]]
        for name, rows in before.items()
    }


@pytest.mark.parametrize("sql", FROZEN, ids=lambda sql: sql.stem)
def test_a_frozen_history_is_upgraded_whole(sql: Path, database_url: str, tmp_path: Path) -> None:
    database = thawed(sql, database_url, tmp_path)
    before = stored(database)
    assert upgrade(database, LATER) == (sql.stem, head())
    after = stored(database)
    assert {name: len(rows) for name, rows in before.items()} == {name: len(after[name]) for name in before}
    assert common(before, after) == before
    assert sum(map(len, before.values())) > 20
    assert check(database) == []
    for name in TABLES:
        with exported(database, name, None, None, counted=True) as (_, batches):
            assert all(list(batches))
    database.close()


def test_every_revision_that_has_a_successor_is_frozen() -> None:
    assert {sql.stem for sql in FROZEN} >= set(revisions()[:-1])


def test_what_is_frozen_next_is_worth_it() -> None:
    """It holds something of everything."""
    text = frozen()
    words = ("'new'", "'changed'", "'resumed'", "'missing'", "'partial'", "=cmd()", "Moss")
    for word in (*words, "'Once'", "Brave Ember"):
        assert word in text


def test_downgrading_below_the_first_schema_is_refused_with_a_reason(database_url: str) -> None:
    database = Database(database_url)
    upgrade(database, LATER)
    before = stored(database)
    with (
        pytest.raises(NotImplementedError) as said,
        database.writer.begin() as connection,
    ):
        alembic.command.downgrade(alembic_on(connection), "base")
    assert "restore a backup" in str(said.value)
    assert (current(database), stored(database)) == (head(), before)
    database.close()


def test_the_last_revision_can_be_taken_back_and_forth(database_url: str) -> None:
    database = Database(database_url)
    upgrade(database, LATER)
    with database.writer.begin() as connection:
        alembic.command.downgrade(alembic_on(connection), "-1")
    assert read_revision(database) == revisions()[-2]
    upgrade(database, LATER)
    assert check(database) == []
    database.close()


def test_a_column_that_came_before_its_revision_is_no_trouble(database_url: str, tmp_path: Path) -> None:
    """For some hours 0003 made a column that 0005 makes."""
    database = thawed(FROZEN[-1], database_url, tmp_path)
    with database.writer.begin() as tx:
        tx.execute(sa.text("ALTER TABLE targets ADD COLUMN unlocks_synced_at VARCHAR(23)"))
    upgrade(database, LATER)
    assert check(database) == []
    database.close()
