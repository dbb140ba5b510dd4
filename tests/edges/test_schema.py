"""The schema on both databases: what the migrations make, and which databases are refused."""

import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from syncer.core.errors import DatabaseIncompatible
from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db.budget_table import budget
from syncer.store.db.engine import Database
from syncer.store.db.revision import MIGRATIONS, current, head, require_current, revisions
from syncer.store.db.tables import history

from .harness import SyncHarness

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
VIEWS = (
    *("latest_progress", "progress_changes", "daily_progress", "coverage_gaps", "player_totals"),
    *("first_unlocks", "progress_periods"),
)


def columns(url: str) -> dict[str, list[str]]:
    database = Database(url)
    upgrade_schema(database, NOW)
    inspector = sa.inspect(database.writer)
    tables = inspector.get_table_names() + list(VIEWS)
    found = {name: [c["name"] for c in inspector.get_columns(name)] for name in tables}
    database.close()
    return found


def test_migrations_build_exactly_the_tables(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    upgrade_schema(database, NOW)
    wanted = sa.MetaData()
    for table in [*history.tables.values(), *(() if database.path else budget.tables.values())]:
        table.to_metadata(wanted)
    with database.writer.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), wanted)
    changes = [one for diff in found for one in (diff if isinstance(diff, list) else [diff])]
    comments = ("modify_comment", "remove_table_comment")  # test_sql_comments.py compares these
    assert [change for change in changes if change[0] not in comments] == []
    database.close()


def test_migrations_make_exactly_the_checks(empty_database_url: str) -> None:
    """Alembic compares no CHECK constraints."""
    database = Database(empty_database_url)
    upgrade_schema(database, NOW)
    found = sa.inspect(database.writer)
    for table in history.tables.values():
        wanted = {str(c.name): normalised(c) for c in table.constraints if is_check(c, database.writer)}
        made = {
            str(c["name"]): "".join(c["sqltext"].split()) for c in found.get_check_constraints(table.name)
        }
        assert made.keys() == wanted.keys()
        if database.path:  # PostgreSQL writes the conditions in its own words
            assert made == wanted
    database.close()


def is_check(constraint: sa.Constraint, engine: sa.Engine) -> bool:
    wanted = constraint._ddl_if
    is_for_this = wanted is None or wanted.dialect == engine.dialect.name
    return isinstance(constraint, sa.CheckConstraint) and is_for_this


def normalised(constraint: sa.Constraint) -> str:
    assert isinstance(constraint, sa.CheckConstraint)
    return "".join(str(constraint.sqltext).split())


def test_both_databases_have_the_same_tables_views_and_columns(tmp_path: Path, postgres_url: str) -> None:
    small, large = columns(f"sqlite:///{tmp_path / 'a.db'}"), columns(postgres_url)
    assert large.pop("budgets")
    assert small == large


def test_every_view_answers(database_url: str) -> None:
    home = SyncHarness(database_url)
    home.poll()
    home.world.earn("Tester", 1, 2, home.clock.now(), hardcore=True)
    home.clock.pass_by(7200)
    home.poll()
    with home.database.reading() as tx:
        found = {view: tx.execute(sa.text(f"SELECT * FROM {view}")).mappings().all() for view in VIEWS}  # noqa: S608
    assert len(found["latest_progress"]) == 4
    assert [row["kind"] for row in found["progress_changes"]].count("unlock") == 1
    (day,) = found["daily_progress"]
    assert (day["achievements_gained"], day["points_gained"], day["points_lost"]) == (2, 15, 0)
    assert [row["scope"] for row in found["coverage_gaps"]].count("target") == 4
    assert [row["scope"] for row in found["coverage_gaps"]].count("account") == 1
    assert found["player_totals"][0]["score_achieved_hardcore"] == 15
    home.close()


def test_a_migrations_number_is_its_revision() -> None:
    """So that asking for the revision needs no Alembic; it would say the same."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    script = ScriptDirectory.from_config(config)
    assert revisions()[::-1] == tuple(one.revision for one in script.walk_revisions())
    assert head() == script.get_current_head()


def test_a_daemon_on_a_current_database_never_loads_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'syncer.db'}"
    upgrade_schema(Database(url), NOW)
    code = "\n".join(
        (
            "import sys, syncer.cli.commands.run",
            "from datetime import UTC, datetime",
            "from syncer.store.admin.upgrade import upgrade_schema",
            "from syncer.store.db.engine import Database",
            f"upgrade_schema(Database({url!r}), datetime.now(UTC))",
            "print('alembic' in sys.modules)",
        )
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "False\n"


def test_upgrading_twice_is_upgrading_once(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    assert current(database) is None
    assert upgrade_schema(database, NOW) == (None, head())
    assert upgrade_schema(database, NOW) == (head(), head())
    database.close()


def test_a_newer_database_is_refused_and_left_alone(database_url: str) -> None:
    database = Database(database_url)
    upgrade_schema(database, NOW)
    with database.writing() as tx:
        tx.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseIncompatible, match="9999"):
        upgrade_schema(database, NOW)
    with pytest.raises(DatabaseIncompatible):
        require_current(database)
    database.close()


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (id INTEGER)")
    connection.close()
    with pytest.raises(DatabaseIncompatible, match="another program"):
        upgrade_schema(Database(f"sqlite:///{path}"), NOW)
