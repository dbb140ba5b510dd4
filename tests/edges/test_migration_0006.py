"""Migration 0006 renames columns, closes snapshots and checks values: what it makes and what it leaves."""

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from syncer.core.errors import DatabaseCorrupt, StoreError
from syncer.store.admin.integrity import check
from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db.engine import Database
from syncer.store.db.revision import head, read_revision
from tests.fixtures.thaw import assert_refused_by, stored, thawed
from tests.postgres import Server

from .harness import START

LATER = START + timedelta(days=30)
READING = ("SELECT", "PRAGMA", "BEGIN", "SET")


@pytest.fixture
def upgraded(empty_database_url: str, tmp_path: Path) -> Database:
    database = thawed("0005", empty_database_url, tmp_path)
    upgrade_schema(database, LATER)
    return database


def test_a_snapshot_was_closed_when_the_next_one_of_its_target_began(upgraded: Database) -> None:
    newest: dict[tuple[int, int], dict[str, Any]] = {}
    rows = stored(upgraded)["snapshots"]
    for row in rows:
        key = row["player_id"], row["game_id"]
        if key in newest:
            assert newest[key]["closed_at"] == row["first_seen_at"]
            assert not newest[key]["is_open"]
        newest[key] = row
    assert all(row["closed_at"] is None and row["is_open"] for row in newest.values())
    assert sum(row["closed_at"] is not None for row in rows) > 10
    assert check(upgraded) == []
    upgraded.close()


def test_a_closed_snapshot_without_a_successor_was_closed_when_last_seen(
    empty_database_url: str, tmp_path: Path
) -> None:
    """No version left such a row; one that did must not stop the upgrade."""
    database = thawed("0005", empty_database_url, tmp_path)
    with database.writing() as tx:
        tx.execute(sa.text("UPDATE snapshots SET is_open = false WHERE id = 10"))
    upgrade_schema(database, LATER)
    (row,) = (row for row in stored(database)["snapshots"] if row["id"] == 10)
    assert row["closed_at"] == row["last_seen_at"]
    assert check(database) == ["1 targets whose newest snapshot is not the open one"]
    database.close()


def test_a_rejection_that_a_clock_ended_before_its_beginning_is_put_in_order(
    empty_database_url: str, tmp_path: Path
) -> None:
    database = thawed("0005", empty_database_url, tmp_path)
    with database.writing() as tx:
        tx.execute(sa.text("UPDATE rejections SET first_seen_at = ended_at WHERE id = 3"))
    upgrade_schema(database, LATER)
    (row,) = (row for row in stored(database)["rejections"] if row["id"] == 3)
    assert row["first_seen_at"] == row["last_seen_at"] == row["ended_at"]
    database.close()


BROKEN = {  # by the constraint that refuses it
    "snapshots_verdict": "UPDATE snapshots SET verdict = 'same'",
    "snapshots_poll_count": "UPDATE snapshots SET poll_count = 0",
    "snapshots_num_achieved": "UPDATE snapshots SET num_achieved = -1",
    "snapshots_restored_points": "UPDATE snapshots SET restored_points = -1",
    "snapshots_forward": "UPDATE snapshots SET first_seen_at = '2027-01-01 00:00:00.000'",
    "snapshots_closed": "UPDATE snapshots SET closed_at = NULL WHERE NOT is_open",
    "runs_outcome": "UPDATE runs SET outcome = 'fine'",
    "runs_trigger": "UPDATE runs SET \"trigger\" = 'By hand'",
    "runs_requests": "UPDATE runs SET requests = -1",
    "rejections_reason": "UPDATE rejections SET reason = 'no-such; thing'",
    "rejections_poll_count": "UPDATE rejections SET poll_count = 0",
    "rejections_forward": "UPDATE rejections SET last_seen_at = '2020-01-01 00:00:00.000'",
}
BROKEN_ON_SQLITE = {  # PostgreSQL has types for these
    "snapshots_possible_score": "UPDATE snapshots SET possible_score = 2147483648",
    "snapshots_score_achieved": "UPDATE snapshots SET score_achieved = 'many'",
    "snapshots_last_seen_at": "UPDATE snapshots SET last_seen_at = 'yesterday'",
    "snapshots_first_seen_at": "UPDATE snapshots SET first_seen_at = '2020-05-01T12:00:00.000'",
    "snapshots_closed_at": "UPDATE snapshots SET closed_at = closed_at || 'Z'",
    "snapshots_after_gap": "UPDATE snapshots SET after_gap = 2",
    "runs_started_at": "UPDATE runs SET started_at = '2026-05-01'",
    "runs_finished_at": "UPDATE runs SET finished_at = 0",
    "rejections_ended_at": "UPDATE rejections SET ended_at = 'now'",
}


@pytest.mark.parametrize("constraint", BROKEN)
def test_a_value_that_no_version_writes_is_refused(upgraded: Database, constraint: str) -> None:
    assert_refused_by(upgraded, constraint, BROKEN[constraint])


@pytest.mark.parametrize("constraint", BROKEN_ON_SQLITE)
def test_sqlite_refuses_what_its_types_would_take(tmp_path: Path, constraint: str) -> None:
    database = thawed("0005", "sqlite", tmp_path)
    upgrade_schema(database, LATER)
    assert_refused_by(database, constraint, BROKEN_ON_SQLITE[constraint])


@pytest.mark.parametrize(
    ("constraint", "statement"),
    [
        ("snapshots_verdict", "UPDATE snapshots SET verdict = 'mine' WHERE id = 3"),
        ("runs_outcome", "UPDATE runs SET outcome = 'fine' WHERE id = 3"),
        ("rejections_reason", "UPDATE rejections SET reason = 'Mine' WHERE id = 3"),
    ],
)
def test_a_row_that_breaks_a_rule_stops_the_upgrade_with_a_reason(
    empty_database_url: str, tmp_path: Path, constraint: str, statement: str
) -> None:
    database = thawed("0005", empty_database_url, tmp_path)
    with database.writing() as tx:
        tx.execute(sa.text(statement))
    before = stored(database)
    with pytest.raises(DatabaseCorrupt, match=constraint) as refused:
        upgrade_schema(database, LATER)
    assert "nothing was changed" in refused.value.message
    assert (read_revision(database), stored(database)) == ("0005", before)
    database.close()


@pytest.mark.parametrize("times", [3.9, 4.1])
def test_free_space_is_checked_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: float
) -> None:
    database = thawed("0005", "sqlite", tmp_path)
    database.close()
    size = (tmp_path / "syncer.db").stat().st_size
    free = shutil.disk_usage(tmp_path)._replace(free=int(size * times))
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: free)
    before = (tmp_path / "syncer.db").read_bytes()
    if times > 4:
        assert upgrade_schema(database, LATER) == ("0005", head())
    else:
        with pytest.raises(StoreError, match=r"needs [\d.]+ MB .* nothing changed") as refused:
            upgrade_schema(database, LATER)
        assert refused.value.exit_code == 69
        assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["syncer.db"]
        assert (tmp_path / "syncer.db").read_bytes() == before
    database.close()


@pytest.mark.parametrize("number", [1, 2, 5, 9, 12, 14, 16, 18])
def test_a_migration_that_fails_at_any_statement_leaves_all_as_it_was(
    empty_database_url: str, tmp_path: Path, number: int
) -> None:
    database = thawed("0005", empty_database_url, tmp_path)
    before, texts, count = stored(database), view_texts(database), iter(range(1, 999))

    def fail(_: Any, __: Any, statement: str, *___: Any) -> None:
        if not statement.lstrip().startswith(READING) and next(count) == number:
            raise ZeroDivisionError(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", fail)
    try:
        with pytest.raises(ZeroDivisionError):
            upgrade_schema(database, LATER)
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", fail)
    assert (read_revision(database), stored(database), view_texts(database)) == ("0005", before, texts)
    upgrade_schema(database, LATER + timedelta(days=1))
    assert check(database) == []
    database.close()


def view_texts(database: Database) -> dict[str, str]:
    with database.reading() as tx:
        inspector = sa.inspect(tx)
        return {name: inspector.get_view_definition(name) for name in inspector.get_view_names()}


GRANTED = ("snapshots", "runs", "rejections", "progress_changes")
MINE = {
    "my_polls": "SELECT game_id, sum(looks) AS looks_of_mine FROM progress_changes GROUP BY game_id",
    "my_misses": "SELECT player_id, misses FROM targets",
}


def everything(tx: sa.Connection, name: str) -> list[tuple[Any, ...]]:
    query = sa.select(sa.text("*")).select_from(sa.table(name)).order_by(sa.text("1, 2"))
    return [tuple(row) for row in tx.execute(query)]


def test_views_and_indexes_of_the_user_come_through(empty_database_url: str, tmp_path: Path) -> None:
    """Also those that use a column whose name changes."""
    database = thawed("0005", empty_database_url, tmp_path)
    with database.writer.begin() as tx:
        for name, query in MINE.items():
            tx.execute(sa.text(f"CREATE VIEW {name} AS {query}"))
        tx.execute(sa.text("CREATE INDEX my_index ON snapshots (looks)"))
        before = {name: everything(tx, name) for name in MINE}
    upgrade_schema(database, LATER)
    with database.reading() as tx:
        for name, rows in before.items():
            assert everything(tx, name) == rows
        (mine,) = (index for index in sa.inspect(tx).get_indexes("snapshots") if index["name"] == "my_index")
    assert mine["column_names"] == ["poll_count"]
    database.close()


def test_grants_on_postgresql_stay(postgres_server: Server, tmp_path: Path) -> None:
    url = postgres_server.create_database()
    database = thawed("0005", url, tmp_path)
    with database.writer.begin() as tx:
        tx.execute(sa.text("CREATE ROLE migration_guest"))
        tx.execute(sa.text(f"GRANT SELECT ON {', '.join(GRANTED)} TO migration_guest"))
    upgrade_schema(database, LATER)
    with database.writer.begin() as tx:
        tx.execute(sa.text("SET LOCAL ROLE migration_guest"))
        for name in GRANTED:
            assert everything(tx, name)
    with database.writer.begin() as tx:
        tx.execute(sa.text("DROP OWNED BY migration_guest"))
        tx.execute(sa.text("DROP ROLE migration_guest"))
    database.close()


def test_no_row_of_the_old_tables_stays_in_free_pages(tmp_path: Path) -> None:
    """They would outlive a player who is deleted."""
    database = thawed("0005", "sqlite", tmp_path)
    with database.writing() as tx:
        tx.execute(sa.text("UPDATE rejections SET raw = 'a trace of mine' WHERE id = 1"))
    upgrade_schema(database, LATER)
    with database.writing() as tx:
        tx.exec_driver_sql("PRAGMA secure_delete = ON")
        tx.execute(sa.text("DELETE FROM rejections WHERE id = 1"))
    database.close()
    assert b"a trace of mine" not in (tmp_path / "syncer.db").read_bytes()
