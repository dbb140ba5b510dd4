"""A real pgbouncer before PostgreSQL: pooling of sessions works, pooling of transactions is refused."""

from contextlib import ExitStack, closing
from pathlib import Path

import psycopg
import pytest

from syncer.core.clock import SystemClock
from syncer.core.errors import WriterLockHeld
from syncer.run.lock import WriterLock
from syncer.store.db.engine import Database
from tests.pgbouncer import Pgbouncer, PoolMode
from tests.postgres import Server

from .simulated_site import a_site, run_cli


def name_of(url: str) -> str:
    return url.partition("@/")[2].partition("?")[0]


def test_commands_work_behind_session_pooling(
    postgres_server: Server, postgres_url: str, tmp_path: Path
) -> None:
    options = {"PGOPTIONS": "-c work_mem=5MB"}  # as a startup parameter it would be refused
    with (
        Pgbouncer(postgres_server, "session") as pooler,
        a_site(tmp_path, pooler.url(name_of(postgres_url))) as site,
    ):
        for command in ("db upgrade", "sync", "status", "db check", "doctor", "history 1"):
            result = run_cli(site, *command.split(), environ=options)
            assert (result.code, command) == (0, command), result.out + result.err
        assert run_cli(site, "export", "snapshots", environ=options).out.count("\n") > 4


def test_the_writer_lock_excludes_a_second_process_behind_session_pooling(
    postgres_server: Server, postgres_url: str
) -> None:
    clock = SystemClock()
    with Pgbouncer(postgres_server, "session") as pooler, ExitStack() as stack:
        url = pooler.url(name_of(postgres_url))
        ours, theirs = (
            stack.enter_context(closing(Database(url, application=name))) for name in ("us", "them")
        )
        lock, second = WriterLock(ours, clock), WriterLock(theirs, clock)
        lock.acquire()
        with pytest.raises(WriterLockHeld, match="us, since"):
            second.acquire()
        postgres_server.terminate_connections(postgres_url)
        lock.reacquire()
        lock.release()
        second.acquire(wait=10)
        second.release()


@pytest.mark.parametrize("mode", ["transaction", "statement"])
def test_transaction_pooling_is_refused_and_leaves_no_setting_in_the_sessions_of_others(
    mode: PoolMode, postgres_server: Server, postgres_url: str, tmp_path: Path
) -> None:
    with Pgbouncer(postgres_server, mode) as pooler:
        url = pooler.url(name_of(postgres_url))
        with a_site(tmp_path, url) as site:
            for command in ("db upgrade", "sync", "status", "run"):
                result = run_cli(site, *command.split())
                assert (result.code, result.out) == (78, "")
                assert "gives each transaction another session" in result.err
                assert "pool_mode = session" in result.err
        with psycopg.connect(url, autocommit=True) as other:
            assert other.execute("SHOW statement_timeout").fetchone() == ("0",)
