"""contrib/postgres/readonly.sql: its role reads all of the history, and can change none of it."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import errors, sql

from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db.engine import Database
from syncer.store.db.tables import history
from tests.postgres import Server
from tests.sql_doc import documented, queries

from .sql_facts import five_months, write
from .sql_world import START, TITLES

SCRIPT = Path(__file__).parents[2] / "contrib" / "postgres" / "readonly.sql"
READABLE = sorted(documented().keys() - {"budgets"})
REFUSED = (
    "INSERT INTO games (id) VALUES (777)",
    "UPDATE snapshots SET num_achieved = 99",
    "UPDATE players SET username = 'Mallory'",
    "DELETE FROM unlocks",
    "TRUNCATE runs",
    "DROP VIEW latest_progress",
    "DROP TABLE unlocks",
    "ALTER TABLE games ADD COLUMN mine integer",
    "CREATE INDEX mine ON games (title)",
    "SELECT nextval('runs_id_seq')",
    "SELECT * FROM games FOR UPDATE",
    "SELECT * FROM budgets",  # no writing, but no history either
)


@pytest.fixture(scope="module")
def url(postgres_server: Server) -> Iterator[str]:
    made = postgres_server.create_database()
    database = Database(made)
    upgrade_schema(database, START)
    write(database, five_months())
    database.close()
    with psycopg.connect(made, autocommit=True) as owner:
        for _ in range(2):  # twice is once
            owner.execute(SCRIPT.read_bytes())
        yield made
        owner.execute("DROP OWNED BY syncer_reader")
        owner.execute("DROP ROLE syncer_reader")


@pytest.fixture
def reader(url: str) -> Iterator[psycopg.Connection]:
    """In the role, without the settings of its own login: what stops it are the grants alone."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET ROLE syncer_reader")
        yield connection


@pytest.mark.parametrize("name", READABLE)
def test_it_reads_every_table_and_view(reader: psycopg.Connection, name: str) -> None:
    assert reader.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(name))).fetchall()


def test_every_table_was_tried() -> None:
    assert set(READABLE) >= {table.name for table in history.sorted_tables}


def test_it_runs_a_ready_query(reader: psycopg.Connection) -> None:
    assert reader.execute(queries()["former_titles"].sql["postgresql"].encode()).fetchall()


@pytest.mark.parametrize("statement", REFUSED)
def test_writing_fails(reader: psycopg.Connection, statement: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        reader.execute(statement.encode())


def test_nothing_but_select_is_granted(reader: psycopg.Connection) -> None:
    found = reader.execute(
        "SELECT DISTINCT privilege_type FROM information_schema.role_table_grants "
        "WHERE grantee = 'syncer_reader' AND table_schema = 'public'"
    )
    assert found.fetchall() == [("SELECT",)]


def test_what_an_upgrade_adds_is_readable_too(url: str, reader: psycopg.Connection) -> None:
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("CREATE VIEW added_later AS SELECT count(*) AS games FROM games")
    assert reader.execute("SELECT games FROM added_later").fetchall() == [(len(TITLES),)]


def test_its_own_login_is_read_only_and_in_utc(url: str, postgres_server: Server) -> None:
    if postgres_server.external_url:
        pytest.skip("a server that may ask for passwords")
    with psycopg.connect(url, user="syncer_reader", autocommit=True) as connection:
        assert connection.execute("SELECT count(*) FROM players").fetchone() == (2,)
        assert connection.execute("SHOW timezone").fetchone() == ("UTC",)
        with pytest.raises(errors.ReadOnlySqlTransaction):
            connection.execute("CREATE TABLE mine (id integer)")
