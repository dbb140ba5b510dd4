"""On PostgreSQL each table, view and column carries what docs/sql.md says of it."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from docs.sql_text import column_text, table_text
from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db import comments
from syncer.store.db.engine import Database
from syncer.store.db.revision import head
from tests.fixtures.thaw import thawed
from tests.sql_doc import documented

from .harness import START

LATER = START + timedelta(days=30)
QUERY = """
    SELECT c.relname, coalesce(a.attname, ''), d.description
    FROM pg_description d
    JOIN pg_class c ON c.oid = d.objoid AND c.relnamespace = 'public'::regnamespace
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND d.objsubid > 0
    WHERE d.classoid = 'pg_class'::regclass"""


def described(database: Database) -> dict[tuple[str, str], str]:
    with database.reading() as tx:
        return {(table, column): text for table, column, text in tx.exec_driver_sql(QUERY)}


def wanted() -> dict[tuple[str, str], str]:
    found = {(name, ""): table_text(name) for name in documented()}
    return found | {(name, c.name): column_text(c) for name, columns in documented().items() for c in columns}


@pytest.mark.parametrize("revision", ["", "0001", "0005"])
def test_a_new_and_an_upgraded_database_say_what_the_page_says(
    revision: str, postgres_url: str, tmp_path: Path
) -> None:
    database = thawed(revision, postgres_url, tmp_path) if revision else Database(postgres_url)
    upgrade_schema(database, LATER)
    assert described(database) == wanted()
    database.close()


def test_another_wording_needs_no_migration(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(postgres_url)
    upgrade_schema(database, LATER)
    text = "100 % :new, 'quoted' \\ and \"more\""
    other = json.loads(comments.FILE.read_text("utf-8"))
    other["snapshots"] |= {"": text, "verdict": text}
    (tmp_path / "comments.json").write_text(json.dumps(other), "utf-8")
    monkeypatch.setattr(comments, "FILE", tmp_path / "comments.json")
    assert upgrade_schema(database, LATER) == (head(), head())
    assert described(database) == wanted() | {("snapshots", ""): text, ("snapshots", "verdict"): text}
    with database.writing() as tx:
        assert comments.apply_comments(tx) == 0
    database.close()


def test_a_login_that_does_not_own_the_tables_upgrades_nothing(postgres_url: str) -> None:
    """It may not comment on them, and must not fail for that."""
    database = Database(postgres_url)
    upgrade_schema(database, LATER)
    with database.writer.begin() as tx:
        tx.execute(sa.text("COMMENT ON TABLE runs IS 'mine'"))
        tx.execute(sa.text("CREATE ROLE comments_guest"))
        tx.execute(sa.text("SET LOCAL ROLE comments_guest"))
        assert comments.apply_comments(tx) == 0
        tx.execute(sa.text("RESET ROLE"))
        tx.execute(sa.text("DROP ROLE comments_guest"))
    assert described(database)["runs", ""] == "mine"
    database.close()
