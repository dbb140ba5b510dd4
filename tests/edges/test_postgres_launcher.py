"""The PostgreSQL launcher of the tests: the tests of the store rely on it."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text

from tests.postgres import EXTERNAL, Server
from tests.waiting import PATIENCE

HOME = Path(__file__).parents[2]
LAUNCH_AND_SLEEP = """
import time
from tests.postgres import Server
server = Server()
print(server.folder, flush=True)
time.sleep(60)
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Start a separate server: these tests stop it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(EXTERNAL, raising=False)
        server = Server()
    yield server
    server.close()
    assert not server.folder.exists()


def value(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row
    return row[0]


def postmaster(folder: Path) -> int:
    return int((folder / "data" / "postmaster.pid").read_text().split()[0])


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_it_listens_on_no_network(server: Server) -> None:
    assert value(server.url("postgres"), "SHOW listen_addresses") == ""


def test_it_does_not_run_as_root(server: Server) -> None:
    assert Path(f"/proc/{postmaster(server.folder)}").stat().st_uid != 0


def test_each_database_is_new_and_empty(server: Server) -> None:
    first, second = server.create_database(), server.create_database()
    with psycopg.connect(first) as connection:
        connection.execute("CREATE TABLE polls ()")
    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    assert (value(first, tables), value(second, tables)) == (1, 0)


def test_its_url_works_with_sqlalchemy_unchanged(server: Server) -> None:
    engine = create_engine(server.create_database())
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
    engine.dispose()


@pytest.mark.parametrize("how", [signal.SIGQUIT, signal.SIGINT])
def test_committed_rows_survive_a_stop(server: Server, how: signal.Signals) -> None:
    url = server.create_database()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE polls AS SELECT 7 AS number")
    server.stop(how)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)
    server.start()
    assert value(url, "SELECT number FROM polls") == 7


def test_connections_of_one_database_only_are_terminated(server: Server) -> None:
    cut, kept = server.create_database(), server.create_database()
    with psycopg.connect(cut) as one, psycopg.connect(kept) as other:
        server.terminate_connections(cut)
        with pytest.raises(psycopg.errors.AdminShutdown):
            one.execute("SELECT 1")
        assert other.execute("SELECT 1").fetchone() == (1,)


def test_it_stops_when_its_parent_is_killed() -> None:
    short = Path(tempfile.mkdtemp(prefix="k-"))  # the path of a socket is limited to 107 bytes
    short.chmod(0o755)
    env = {name: text for name, text in os.environ.items() if name != EXTERNAL}
    parent = subprocess.Popen(
        [sys.executable, "-c", LAUNCH_AND_SLEEP],
        cwd=HOME,
        env=env | {"TMPDIR": str(short)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert parent.stdout
        server = postmaster(Path(parent.stdout.readline().strip()))
        parent.kill()
        deadline = time.monotonic() + PATIENCE
        while is_alive(server):
            assert time.monotonic() < deadline, "the server outlived its parent"
            time.sleep(0.05)
    finally:
        parent.kill()
        parent.communicate()
        shutil.rmtree(short, ignore_errors=True)


@pytest.mark.parametrize(
    ("external", "url"),
    [
        ("postgresql://me:pw@127.0.0.1:5433/postgres", "postgresql://me:pw@127.0.0.1:5433/fresh"),
        ("postgresql://me@/postgres?host=/tmp/pg-1", "postgresql://me@/fresh?host=/tmp/pg-1"),
        ("postgresql://127.0.0.1", "postgresql://127.0.0.1/fresh"),
        ("postgresql:///postgres?host=/tmp/pg-1", "postgresql:///fresh?host=/tmp/pg-1"),
    ],
)
def test_an_external_server_is_used_instead(monkeypatch: pytest.MonkeyPatch, external: str, url: str) -> None:
    monkeypatch.setenv(EXTERNAL, external)
    assert Server().url("fresh") == url
