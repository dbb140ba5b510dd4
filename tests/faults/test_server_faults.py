"""Faults of a PostgreSQL server: a crash in a run, time limits, no connection left, a password, no writes."""

import traceback
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
import sqlalchemy as sa

from syncer.core.clock import SystemClock
from syncer.core.errors import DatabaseIncompatible, StoreBusy, StoreError
from syncer.core.model.run import RunOutcome
from syncer.store.db.engine import Database
from tests.edges.harness import SyncHarness
from tests.edges.outbox_harness import set_services
from tests.postgres import EXTERNAL, Server
from tests.waiting import wait_until

from .invariants import assert_healed, assert_sound, changes

SECRET = "hunter2-of-a-test"


@pytest.fixture(scope="module")
def own_server() -> Iterator[Server]:
    """A server that a test may stop and set up."""
    server = Server()
    if server.external_url:
        pytest.skip(f"the server of ${EXTERNAL} belongs to others")
    yield server
    server.close()


@pytest.fixture
def own_home(own_server: Server) -> Iterator[SyncHarness]:
    made = SyncHarness(own_server.create_database())
    set_services(made, "one-0001")
    made.poll()
    yield made
    made.close()


def test_d13_a_server_that_crashes_in_a_run_loses_no_answer(
    own_home: SyncHarness, own_server: Server
) -> None:
    home, wait, progress = own_home, own_home.clock.wait, own_home.source.progress
    home.clock.pass_by(900)
    home.world.earn("Tester", 1, 1, home.clock.now())

    def crash(user: str, game_ids: object) -> object:
        answer = progress(user, game_ids)  # type: ignore[arg-type]
        own_server.stop()  # at once, as in a crash
        return answer

    def restart(seconds: float) -> None:
        wait(seconds)
        own_server.start()
        home.clock.wait = wait  # type: ignore[method-assign]

    home.source.progress = crash  # type: ignore[assignment, method-assign]
    home.clock.wait = restart  # type: ignore[method-assign]
    requests = home.source.requests
    assert home.poll().outcome is RunOutcome.OK
    assert (home.source.requests - requests, changes(home)) == (1, (1, 1))
    home.source.progress = progress  # type: ignore[method-assign]
    assert_sound(home)
    assert_healed(home)


TIMEOUTS = {
    "statement": ("SET LOCAL statement_timeout = 50", StoreBusy),
    "lock": ("SET LOCAL lock_timeout = 50", StoreBusy),
    "idle": ("SET LOCAL idle_in_transaction_session_timeout = 20", StoreError),
}
STATEMENTS = {"statement": "SELECT pg_sleep(5)", "lock": "DELETE FROM rejections", "idle": "SELECT 1"}


@pytest.mark.parametrize("limit", TIMEOUTS)
def test_d15_a_time_limit_of_the_server_is_an_error_that_heals(own_home: SyncHarness, limit: str) -> None:
    home, (setting, kind) = own_home, TIMEOUTS[limit]
    url = home.database.url.render_as_string(hide_password=False).replace("+psycopg", "")
    with psycopg.connect(url) as other:
        other.execute("LOCK TABLE rejections")
        with pytest.raises(StoreError) as failed:
            reach_limit(home, setting, limit)
    assert type(failed.value) is kind
    assert_healed(home)
    assert_sound(home)


def reach_limit(home: SyncHarness, setting: str, limit: str) -> None:
    """Work in a transaction for longer than the limit."""
    with home.database.writing() as tx:
        tx.execute(sa.text(setting))
        SystemClock().wait(0.5 if limit == "idle" else 0.0)
        tx.execute(sa.text(STATEMENTS[limit]))


def error_of(url: str) -> StoreError:
    """Return the error of a write; nothing of it, nor of what it wraps, may hold the password."""
    with closing(Database(url)) as database, pytest.raises(StoreError) as failed, database.writing():
        pass
    assert SECRET not in "".join(traceback.format_exception(failed.value)) + failed.value.hint
    return failed.value


def write(url: str) -> None:
    with closing(Database(url)) as database, database.writing() as tx:
        tx.execute(sa.text("DELETE FROM rejections"))


def guest(server: Server, home: SyncHarness, name: str, rights: str) -> str:
    """Make a login that may do all but administer; return its URL."""
    url = home.database.url.render_as_string(hide_password=False).replace("+psycopg", "")
    database = url.partition("@/")[2].partition("?")[0]
    server.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{SECRET}' {rights}")
    server.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {name}", database=database)
    return url.replace("tester@", f"{name}:{SECRET}@")


def test_d16_a_server_without_a_free_connection_is_tried_again(
    own_home: SyncHarness, own_server: Server
) -> None:
    url = guest(own_server, own_home, "limited", "CONNECTION LIMIT 1")
    with psycopg.connect(url):
        error = error_of(url)
    assert (type(error), error.exit_code) == (StoreError, 69)
    assert "too many connections" in error.message
    write(url)


def test_d16_a_wrong_password_is_permanent_and_never_shown(own_home: SyncHarness, own_server: Server) -> None:
    url = guest(own_server, own_home, "guarded", "")
    rules = own_server.folder / "data" / "pg_hba.conf"
    rules.write_text("local all guarded scram-sha-256\n" + rules.read_text())
    own_server.execute("SELECT pg_reload_conf()")
    error = error_of(url.replace(SECRET, SECRET + "x"))
    assert (type(error), error.exit_code) == (DatabaseIncompatible, 78)
    assert "refused the login" in error.message
    write(url)


def test_d16_a_database_that_is_not_there_is_permanent(own_home: SyncHarness, own_server: Server) -> None:
    error = error_of(guest(own_server, own_home, "mistaken", "").replace("syncer_", "other_"))
    assert (type(error), error.exit_code) == (DatabaseIncompatible, 78)
    assert "there is no such database" in error.message


def test_d17_a_server_that_takes_no_writes_for_a_while_is_tried_again(
    own_home: SyncHarness, own_server: Server
) -> None:
    """As after a failover, until the standby is the primary."""
    home = own_home
    home.clock.pass_by(900)
    home.world.earn("Tester", 1, 1, home.clock.now())
    own_server.execute("ALTER SYSTEM SET default_transaction_read_only = on")
    reload(own_server, home, "on")
    with pytest.raises(StoreError) as failed:
        home.poll()
    assert failed.value.exit_code == 69
    own_server.execute("ALTER SYSTEM RESET default_transaction_read_only")
    reload(own_server, home, "off")
    assert_healed(home)
    assert changes(home) == (1, 1)
    assert_sound(home)


def reload(server: Server, home: SyncHarness, value: str) -> None:
    """Let the server read its settings, and wait until the sessions of the writer have the new one."""
    server.execute("SELECT pg_reload_conf()")
    wait_until(lambda: shown(home) == value)


def shown(home: SyncHarness) -> str:
    with home.database.writer.connect() as connection:
        return str(connection.exec_driver_sql("SHOW default_transaction_read_only").scalar())
