"""Servers, URLs, schemas and roles as people have them: they work, or one sentence names what to type."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from syncer.config.addresses import parse_database_url
from syncer.core.clock import SystemClock
from syncer.core.errors import DatabaseIncompatible
from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db.engine import Database, parse
from syncer.store.db.revision import current, head
from syncer.store.db.tables import players
from tests.fixtures.thaw import thawed
from tests.postgres import Server

clock = SystemClock()


@contextlib.contextmanager
def opened(url: str) -> Iterator[Database]:
    with contextlib.closing(Database(url)) as database:
        yield database


def name_of(url: str) -> str:
    return url.partition("@/")[2].partition("?")[0]


def execute(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@pytest.mark.parametrize(
    "form",
    [
        "postgresql://tester@/{name}?host={folder}",
        "postgresql://tester@{encoded}/{name}",  # libpq's form of a socket
        "postgresql://tester@127.0.0.1:1,{encoded}:5432/{name}?connect_timeout=3",
        "postgres://tester@%2Fnowhere,{encoded}/{name}?target_session_attrs=read-write",
        "postgresql:///{name}?host={folder}&user=tester",
    ],
)
def test_sockets_and_several_hosts_are_written_as_for_libpq(
    form: str, postgres_server: Server, postgres_url: str
) -> None:
    folder = postgres_server.folder
    url = form.format(name=name_of(postgres_url), folder=folder, encoded=str(folder).replace("/", "%2F"))
    with opened(parse_database_url(url)) as database:
        assert current(database) is None


def test_a_password_stays_hidden_in_a_url_with_several_hosts() -> None:
    url = parse("postgresql://me:secret@one:5432,two/name?sslmode=disable")
    assert (url.password, url.query["host"], url.host) == ("secret", ("one:5432", "two"), None)
    with opened("postgresql://me:secret@one:5432,two/name") as database:
        assert "secret" not in database.name


def test_settings_of_the_database_change_no_stored_value(postgres_server: Server) -> None:
    url, now = postgres_server.lease_database(), clock.now()
    settings = ("datestyle = 'German, DMY'", "client_encoding = 'LATIN1'", "timezone = 'Asia/Tokyo'")
    execute(url, "CREATE SCHEMA ra", f"ALTER DATABASE {name_of(url)} SET search_path = ra")
    execute(url, *(f"ALTER DATABASE {name_of(url)} SET {setting}" for setting in settings))
    row = {"ulid": "01J9ABCDEFGHJKMNPQRSTVWXYZ", "username": "ポケ", "added_at": now}
    with opened(url) as database:
        upgrade_schema(database, now)
        with database.writing() as tx:
            tx.execute(players.insert(), [row])
        with database.reading() as tx:
            found = tx.execute(sa.select(players.c.ulid, players.c.username, players.c.added_at)).one()
            assert found._mapping == row
            assert tx.scalar(sa.text("SELECT to_regclass('ra.players') IS NOT NULL"))
    execute(url, "DROP SCHEMA ra CASCADE", f"ALTER DATABASE {name_of(url)} RESET ALL")
    postgres_server.return_database(url)


def test_pgoptions_are_set_and_wrong_ones_are_named(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute(postgres_url, "CREATE SCHEMA ra")
    monkeypatch.setenv("PGOPTIONS", r"-c work_mem=5MB --search-path=ra,\ public")
    with opened(postgres_url) as database, database.reading() as tx:
        assert tx.scalar(sa.text("SHOW work_mem")) == "5MB"
        assert tx.scalar(sa.text("SHOW search_path")) == "ra, public"
        assert tx.scalar(sa.text("SHOW statement_timeout")) == "1min"
    monkeypatch.setenv("PGOPTIONS", "-c nonsense=1")
    with opened(postgres_url) as database, pytest.raises(DatabaseIncompatible, match="nonsense") as refused:
        current(database)
    assert "$PGOPTIONS" in refused.value.hint
    monkeypatch.setenv("PGOPTIONS", "-B 5")
    with pytest.raises(DatabaseIncompatible, match="-B 5"):
        Database(postgres_url)
    monkeypatch.delenv("PGOPTIONS")
    execute(postgres_url, "DROP SCHEMA ra")


def test_a_database_in_another_encoding_is_refused_for_a_new_history(postgres_server: Server) -> None:
    postgres_server.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    with opened(postgres_server.url("latin")) as database:
        with pytest.raises(DatabaseIncompatible, match="LATIN1, which cannot hold every title") as refused:
            upgrade_schema(database, clock.now())
        assert "createdb --encoding UTF8" in refused.value.hint
        with pytest.raises(DatabaseIncompatible, match="cannot hold a text"), database.writing() as tx:
            tx.execute(sa.text("CREATE TABLE t (c) AS SELECT CAST(:text AS text)"), {"text": "ポケ"})
    postgres_server.execute("DROP DATABASE latin WITH (FORCE)")


def test_a_login_that_may_not_create_tables_reads_what_to_grant(
    postgres_server: Server, postgres_url: str
) -> None:
    postgres_server.execute("CREATE ROLE newcomer LOGIN")
    with opened(postgres_url.replace("tester@", "newcomer@")) as database:
        with pytest.raises(DatabaseIncompatible, match="newcomer may not create tables in") as refused:
            upgrade_schema(database, clock.now())
        assert "GRANT CREATE ON SCHEMA public TO newcomer" in refused.value.hint
    postgres_server.execute("DROP ROLE newcomer")


def test_a_search_path_without_a_schema_is_named(postgres_url: str) -> None:
    url = f"{postgres_url}&options=-csearch_path%3Dnowhere"
    with opened(url) as database, pytest.raises(DatabaseIncompatible, match="nowhere") as refused:
        upgrade_schema(database, clock.now())
    assert "CREATE SCHEMA tester AUTHORIZATION tester" in refused.value.hint


def test_an_upgrade_makes_no_tables_in_a_schema_that_comes_before_that_of_the_history(
    postgres_url: str, tmp_path: Path
) -> None:
    """As a schema with the name of the role does, which search_path names first."""
    thawed("0008", postgres_url, tmp_path).close()
    execute(postgres_url, "CREATE SCHEMA tester")
    with opened(postgres_url) as database, pytest.raises(DatabaseIncompatible) as refused:
        upgrade_schema(database, clock.now())
    assert "is in the schema public, and search_path names tester first" in refused.value.message
    assert "?options=-csearch_path=public" in refused.value.hint
    with opened(f"{postgres_url}&options=-csearch_path%3Dpublic") as database:
        assert upgrade_schema(database, clock.now()) == ("0008", head())
    execute(postgres_url, "DROP SCHEMA tester CASCADE")


@pytest.mark.parametrize("version", ["9c1f0a2b7d11", "0003"])
def test_the_alembic_table_of_another_program_is_recognised(version: str, empty_database_url: str) -> None:
    with opened(empty_database_url) as database:
        database.make_folder()
        if database.path:
            database.path.touch()
        with database.writer.begin() as tx:
            tx.execute(sa.text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
            tx.execute(sa.text("INSERT INTO alembic_version VALUES (:version)"), {"version": version})
            tx.execute(sa.text("CREATE TABLE players (id INTEGER)"))  # also a name of ours
        with pytest.raises(DatabaseIncompatible, match="tables of another program") as refused:
            upgrade_schema(database, clock.now())
        assert "CREATE SCHEMA syncer" in refused.value.hint
        if database.path is None:  # the hint works
            execute(empty_database_url, "CREATE SCHEMA syncer")
            with opened(f"{empty_database_url}&options=-csearch_path=syncer") as beside:
                assert upgrade_schema(beside, clock.now()) == (None, head())
            execute(empty_database_url, "DROP SCHEMA syncer CASCADE")
