"""What PostgreSQL refuses, and how each refusal is reported."""

import pytest
import sqlalchemy as sa

from syncer.core.clock import SystemClock
from syncer.core.errors import (
    DatabaseCorrupt,
    DatabaseIncompatible,
    StoreError,
)
from syncer.run.lock import WriterLock
from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db.engine import Database
from syncer.store.db.revision import current, require_current
from syncer.store.request_budget import SqlBudgetStore
from syncer.store.write.runs import RunWriter
from tests.postgres import Server

clock = SystemClock()


def role(server: Server, url: str, rights: str) -> Database:
    """Return a migrated database, opened with a new login that has these rights."""
    admin = Database(url)
    upgrade_schema(admin, clock.now())
    admin.close()
    name = f"guest_{abs(hash(url + rights)) % 10**9}"
    server.execute(f"CREATE ROLE {name} LOGIN")
    server.execute(rights.format(name=name), database=url.partition("@/")[2].partition("?")[0])
    return Database(url.replace("tester@", f"{name}@"))


def test_a_login_without_rights_is_reported_as_incompatible(postgres_server: Server) -> None:
    database = role(postgres_server, postgres_server.create_database(), "SELECT 1")
    with pytest.raises(DatabaseIncompatible, match="may not"):
        require_current(database)
    database.close()


def test_a_read_only_server_is_an_error_that_is_retried(postgres_server: Server) -> None:
    rights = "GRANT ALL ON ALL TABLES IN SCHEMA public TO {name}; "
    rights += "ALTER ROLE {name} SET default_transaction_read_only = on"
    database = role(postgres_server, postgres_server.create_database(), rights)
    with pytest.raises(StoreError) as failed:
        RunWriter(database).open_run(None, "test", clock.now())
    assert failed.value.exit_code == 69
    database.close()


def test_a_reading_transaction_cannot_write_on_postgres(postgres_url: str) -> None:
    database = Database(postgres_url)
    upgrade_schema(database, clock.now())
    with pytest.raises(StoreError), database.reading() as tx:
        tx.execute(sa.text("DELETE FROM players"))
    database.close()


@pytest.mark.parametrize("name", ["nobody_of_that_name"])
def test_an_unknown_login_is_a_configuration_error(postgres_url: str, name: str) -> None:
    database = Database(postgres_url.replace("tester@", f"{name}@"))
    with pytest.raises(DatabaseIncompatible):
        current(database)
    database.close()


def test_options_in_the_url_are_kept(postgres_server: Server) -> None:
    url = postgres_server.create_database()
    postgres_server.execute("CREATE SCHEMA ra", database=url.partition("@/")[2].partition("?")[0])
    database = Database(f"{url}&options=-csearch_path%3Dra")
    upgrade_schema(database, clock.now())
    with database.reading() as tx:
        found = tx.execute(
            sa.text("SELECT schemaname FROM pg_tables WHERE tablename = 'snapshots'")
        ).scalars()
        assert list(found) == ["ra"]
    database.close()


def test_a_dropped_database_is_reported_as_vanished(postgres_server: Server) -> None:
    url = postgres_server.create_database()
    database = Database(url)
    upgrade_schema(database, clock.now())
    database.close()
    name = url.partition("@/")[2].partition("?")[0]
    postgres_server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    with pytest.raises(DatabaseCorrupt, match="vanished"), database.reading():
        pass
    with pytest.raises(DatabaseCorrupt, match="vanished"):
        WriterLock(database, clock).acquire()
    postgres_server.execute(f"CREATE DATABASE {name}")  # an empty one in its place
    with pytest.raises(DatabaseCorrupt, match="without our tables"):
        RunWriter(database).open_run(None, "test", clock.now())
    database.close()


def test_a_column_that_another_version_removed_is_no_bug(postgres_url: str) -> None:
    database = Database(postgres_url)
    upgrade_schema(database, clock.now())
    with database.writing() as tx:
        tx.execute(sa.text("ALTER TABLE snapshots RENAME COLUMN poll_count TO polls"))
    with pytest.raises(DatabaseIncompatible, match="changed while in use"), database.reading() as tx:
        tx.execute(sa.text("SELECT poll_count FROM snapshots"))
    database.close()


def test_a_database_without_tables_has_no_budget_to_read(postgres_url: str) -> None:
    database = Database(postgres_url)
    with pytest.raises(DatabaseIncompatible, match="no tables"):
        SqlBudgetStore(database, "k", clock.now).read()
    database.close()


def test_an_unknown_option_in_the_url_is_a_configuration_error(postgres_url: str) -> None:
    database = Database(f"{postgres_url}&nonsense=1")
    with pytest.raises(DatabaseIncompatible, match="nonsense"):
        current(database)
    database.close()
