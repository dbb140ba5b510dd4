"""The state of a cluster, as it is read from the tables of its queue."""

from collections.abc import Iterator

import pytest

from syncer.core.clock import SystemClock
from syncer.core.errors import DatabaseIncompatible
from syncer.core.monitoring.cluster import ClusterReport
from syncer.run.advisory_lock import Sharing
from syncer.run.lock import WriterLock
from syncer.store.db.engine import Database
from syncer.store.read.queries import Queries
from tests.cluster_tables import DEAD_AFTER, QueueTables, queue_tables


@pytest.fixture
def tables(postgres_url: str) -> Iterator[QueueTables]:
    with queue_tables(postgres_url, "our_queue") as made:
        yield made


def report(tables: QueueTables) -> ClusterReport:
    return Queries(tables.database).cluster.report(DEAD_AFTER)


def test_an_empty_queue_has_neither_planner_nor_worker(tables: QueueTables) -> None:
    found = report(tables)
    assert (found.due, found.oldest_due_seconds, found.workers, found.has_planner) == (0, None, 0, False)
    assert (found.jobs, found.set_aside) == ({"waiting": 0, "running": 0}, [])
    assert abs((tables.now() - found.at).total_seconds()) < 60


def test_players_are_due_until_their_run_begins(tables: QueueTables) -> None:
    for name, due_for in (("Later", -60), ("Waits", 40), ("Queued", 20), ("Runs", 900)):
        tables.add_player(name, due_for)
    tables.add_player("Aside", 5000, aside_for=3600)
    tables.add_job("Queued", "todo")
    tables.add_job("Runs", "doing")
    found = report(tables)
    assert found.due == 2
    assert found.oldest_due_seconds == pytest.approx(40, abs=20)
    assert found.jobs == {"waiting": 1, "running": 1}
    (aside,) = found.set_aside
    assert aside.player == "Aside"
    assert (found.at - aside.since).total_seconds() == pytest.approx(3600, abs=20)
    assert Queries(tables.database).cluster.set_aside() == found.set_aside


def test_a_silent_worker_is_not_alive(tables: QueueTables) -> None:
    for silent_for in (0.0, DEAD_AFTER - 60, DEAD_AFTER + 60):
        tables.add_worker(silent_for)
    assert report(tables).workers == 2


def test_a_planner_holds_the_lock_of_its_own_database(tables: QueueTables) -> None:
    worker, planner = (
        WriterLock(tables.database, SystemClock(), sharing)
        for sharing in (Sharing.AS_WORKER, Sharing.WITH_WORKERS)
    )
    worker.acquire()
    assert not report(tables).has_planner
    planner.acquire()
    assert report(tables).has_planner
    planner.release()
    worker.release()


def test_without_tables_a_command_says_how_to_make_them(postgres_url: str) -> None:
    database = Database(postgres_url, queue_schema="not_there")
    queries = Queries(database).cluster
    with pytest.raises(DatabaseIncompatible, match="has no tables yet in the schema not_there") as error:
        queries.report(DEAD_AFTER)
    assert "syncer db upgrade" in error.value.hint
    assert queries.set_aside() == []  # the history can be read all the same
    database.close()
