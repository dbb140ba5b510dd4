"""What stands in the way of an upgrade: named with what to type, or no obstacle at all."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from syncer.core.errors import DatabaseIncompatible, StoreError
from syncer.store.admin.integrity import check
from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db.engine import Database
from syncer.store.db.revision import head, read_revision
from tests.fixtures.thaw import stored, thawed

from .test_upgrades import LATER

# Each column that docs/sql.md describes and that 0001 has; `coverage_gaps` has the same columns since then.
KEPT_VIEWS = {
    "gaps_of_mine": "SELECT username, title, started_at, ended_at FROM coverage_gaps",
    "reporting.newest": "SELECT * FROM player_totals",
    "reporting.of_a_view": "SELECT count(*) AS gaps FROM gaps_of_mine",
}


def run(database: Database, *statements: str) -> None:
    with database.writer.begin() as tx:
        for statement in statements:
            tx.execute(sa.text(statement))


@pytest.mark.parametrize("revision", ["0001", "0008"])
def test_views_of_the_user_upon_columns_that_stay_come_through_an_upgrade(
    revision: str, postgres_url: str, tmp_path: Path
) -> None:
    database = thawed(revision, postgres_url, tmp_path)
    run(database, "CREATE SCHEMA reporting")
    run(database, *(f"CREATE VIEW {name} AS {text}" for name, text in KEPT_VIEWS.items()))
    before = stored(database)
    upgrade_schema(database, LATER)
    with database.reading() as tx:
        for name in KEPT_VIEWS:
            tx.execute(sa.select(sa.text("*")).select_from(sa.text(name))).all()
    assert {name: len(rows) for name, rows in stored(database).items() if name in before} == {
        name: len(rows) for name, rows in before.items()
    }
    assert check(database) == []
    run(database, "DROP SCHEMA reporting CASCADE")
    database.close()


def test_a_view_of_the_user_upon_a_column_that_goes_is_named_with_what_to_type(
    postgres_url: str, tmp_path: Path
) -> None:
    database = thawed("0006", postgres_url, tmp_path)
    run(
        database,
        "CREATE VIEW kept AS SELECT username FROM players",
        "CREATE VIEW points AS SELECT username, total_points FROM players",
        "CREATE MATERIALIZED VIEW points_of_all AS SELECT sum(total_points) FROM points",
    )
    before = stored(database)
    with pytest.raises(DatabaseIncompatible) as refused:
        upgrade_schema(database, LATER)
    assert refused.value.message == (
        "the upgrade changes columns that your views read: points, points_of_all; nothing was changed"
    )
    assert refused.value.hint == (
        "Save them: pg_dump --schema-only --table=points --table=points_of_all; in psql: "
        "DROP MATERIALIZED VIEW points_of_all; DROP VIEW points; then try: syncer db upgrade; "
        "create them again."
    )
    assert (read_revision(database), stored(database)) == ("0006", before)
    run(database, "DROP MATERIALIZED VIEW points_of_all", "DROP VIEW points")
    assert upgrade_schema(database, LATER) == ("0006", head())
    database.close()


def test_a_table_of_the_user_with_a_name_that_an_upgrade_needs_is_named(
    empty_database_url: str, tmp_path: Path
) -> None:
    database = thawed("0006", empty_database_url, tmp_path)
    run(database, "CREATE TABLE awards (note TEXT)")
    with pytest.raises(StoreError, match="awards"):
        upgrade_schema(database, LATER)
    assert read_revision(database) == "0006"
    run(database, "ALTER TABLE awards RENAME TO my_awards")
    assert upgrade_schema(database, LATER) == ("0006", head())
    database.close()
