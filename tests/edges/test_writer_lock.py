"""The writer lock, when it is lost: its file is deleted, or its connection drops."""

import threading

import pytest

from syncer.core.clock import SystemClock
from syncer.core.errors import WriterLockHeld
from syncer.run.jobs import WAKE_INTERVAL
from syncer.run.lock import WriterLock, application_name
from syncer.store.db.engine import Database
from tests.postgres import Server
from tests.waiting import PATIENCE

from .harness import SyncHarness
from .test_daemon_jobs import JobHarness

clock = SystemClock()


def test_threads_that_find_the_lock_lost_all_reacquire_it(postgres_server: Server) -> None:
    url = postgres_server.create_database()
    database = Database(url, application=application_name())
    lock = WriterLock(database, clock)
    for _ in range(3):
        lock.acquire() if not lock._lock.is_held() else None
        postgres_server.terminate_connections(url)
        errors: list[BaseException] = []

        def reacquire(errors: list[BaseException] = errors) -> None:
            try:
                lock.reacquire()
            except BaseException as error:
                errors.append(error)

        jobs = [threading.Thread(target=reacquire) for _ in range(5)]
        for job in jobs:
            job.start()
        for job in jobs:
            job.join(PATIENCE)
        assert errors == []
    lock.release()
    database.close()


def test_a_lost_connection_holds_no_lock_however_often_it_is_asked(
    postgres_server: Server, postgres_url: str
) -> None:
    database = Database(postgres_url, application=application_name())
    lock = WriterLock(database, clock)
    lock.acquire()
    postgres_server.terminate_connections(postgres_url)
    assert [lock.is_held() for _ in range(3)] == [False] * 3
    assert (lock.reacquire(), lock.is_held()) == (True, True)
    lock.release()
    database.close()


def test_a_connection_that_only_the_server_still_holds_is_ended(postgres_url: str) -> None:
    database = Database(postgres_url, application=application_name())
    lock = WriterLock(database, clock)
    lock.acquire()
    lost, lock._lock._connection = lock._lock._connection, None  # type: ignore[union-attr]
    lock.reacquire()
    assert lock._lock.is_held()
    lost.invalidate()
    lock.release()
    database.close()


def test_the_owner_of_the_lock_is_the_one_of_this_database(postgres_server: Server) -> None:
    ours, theirs = (Database(postgres_server.create_database(), application=name) for name in ("us", "them"))
    locks = [WriterLock(ours, clock), WriterLock(theirs, clock)]
    for lock in locks:
        lock.acquire()
    second = Database(ours.url.render_as_string(hide_password=False), application="second")
    with pytest.raises(WriterLockHeld, match="us, since"):
        WriterLock(second, clock).acquire()
    for lock in locks:
        lock.release()
    for database in (ours, theirs, second):
        database.close()


def lose_lock(home: SyncHarness, server: Server, url: str) -> None:
    """Delete the file of the lock, or break the connection that holds it."""
    if home.database.path:
        home.database.path.with_name("syncer.db-lock").unlink()
    else:
        server.terminate_connections(url)


def test_a_daemon_whose_lock_another_process_took_waits_and_takes_it_again(
    home: SyncHarness, database_url: str, postgres_server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    """As `sync --wait` takes it while the daemon's connection is broken."""
    lock = WriterLock(home.database, home.clock)
    lock.acquire()
    other = Database(database_url, application="the other")
    taken = WriterLock(other, home.clock)
    lose_lock(home, postgres_server, database_url)
    taken.acquire()
    job = JobHarness(home, lock)
    home.clock.pass_by(900)
    before = home.source.requests
    assert [job.run() for _ in range(3)] == [WAKE_INTERVAL] * 3
    assert (job.jobs.fatal, home.source.requests) == (None, before)
    taken.release()
    job.run()
    assert home.source.requests > before
    lines = [record.getMessage() for record in caplog.records if record.name == "syncer"]
    assert [line for line in lines if "took the database" in line] == lines[:1]
    lock.release()
    other.close()
