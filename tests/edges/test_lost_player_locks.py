"""The locks of players whose connection broke: all are taken again, by whatever comes first."""

from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from syncer.core.errors import StoreError
from syncer.run.cluster.player_locks import PlayerLocks
from syncer.store.db.engine import Database
from syncer.store.db.lock_keys import RUNS_KEY
from tests.postgres import Server


@pytest.fixture
def databases(postgres_url: str) -> Iterator[tuple[Database, Database]]:
    """Two processes, as the server sees them."""
    made = Database(postgres_url), Database(postgres_url)
    yield made
    for database in made:
        database.close()


def keep(locks: PlayerLocks) -> None:
    locks.keep()


def lock_another(locks: PlayerLocks) -> None:
    """Lock a player as a new job does: the first attempt finds the connection broken."""
    with suppress(StoreError):
        locks.try_lock("Second")
    assert locks.try_lock("Second")


def keep_after_a_failed_attempt(locks: PlayerLocks) -> None:
    """The thread that keeps them goes on, whatever it found."""
    with pytest.raises(StoreError):
        locks.try_lock("Second")
    locks.keep()


@pytest.mark.parametrize("act", [keep, lock_another, keep_after_a_failed_attempt])
def test_a_player_stays_locked_when_the_connection_breaks(
    databases: tuple[Database, Database],
    postgres_server: Server,
    postgres_url: str,
    act: Callable[[PlayerLocks], None],
) -> None:
    ours, theirs = map(PlayerLocks, databases)
    assert ours.try_lock("First")
    postgres_server.terminate_connections(postgres_url)
    act(ours)
    assert not theirs.try_lock("First")
    ours.unlock("First")
    assert theirs.try_lock("First")
    ours.close()
    theirs.close()


def test_who_could_not_be_locked_again_unlocks_no_other_run(
    databases: tuple[Database, Database], postgres_server: Server, postgres_url: str
) -> None:
    """An upgrade of the schema waits for the runs that go on."""
    ours, theirs = map(PlayerLocks, databases)
    assert ours.try_lock("First")
    assert ours.try_lock("Second")
    postgres_server.terminate_connections(postgres_url)
    assert theirs.try_lock("First")
    ours.keep()
    theirs.unlock("First")
    ours.unlock("First")
    with databases[1].reading() as tx:
        assert tx.exec_driver_sql(f"SELECT pg_try_advisory_xact_lock({RUNS_KEY})").scalar() is False
    ours.close()
    theirs.close()
