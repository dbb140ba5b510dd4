"""The tables of the job queue: their schema, and who may make and use it."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from syncer.core.errors import DatabaseIncompatible
from syncer.store.db import queue_schema
from syncer.store.db.engine import Database
from syncer.store.db.queue_schema import require_queue, upgrade_queue
from syncer.store.db.revision import require_current
from syncer.store.write.player_schedule import PlayerSchedule

SCHEMA = "some_queue"


@pytest.fixture
def database(migrated_postgres_url: str) -> Iterator[Database]:
    made = Database(migrated_postgres_url, queue_schema=SCHEMA)
    yield made
    with made.writing() as tx:
        tx.exec_driver_sql(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
    made.close()


def execute(database: Database, *statements: str) -> None:
    with database.writing() as tx:
        for statement in statements:
            tx.exec_driver_sql(statement)


def test_the_queue_is_made_once_beside_the_history(database: Database) -> None:
    with pytest.raises(DatabaseIncompatible, match="the job queue is at revision none"):
        require_queue(database)
    for _ in range(2):
        upgrade_queue(database)
        require_queue(database)
    require_current(database)  # the history is as it was: its schema is compared exactly
    schedule = PlayerSchedule(database)
    schedule.follow(["Alice", "Bob"], 0.0)
    assert sorted(schedule.due_players()) == [("Alice", True), ("Bob", True)]


def test_no_table_of_another_program_is_touched(database: Database) -> None:
    execute(database, f"CREATE SCHEMA {SCHEMA}", f"CREATE TABLE {SCHEMA}.procrastinate_jobs (id integer)")
    with pytest.raises(DatabaseIncompatible, match="holds tables of another program"):
        upgrade_queue(database)


def test_a_newer_queue_and_a_newer_engine_are_refused(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade_queue(database)
    execute(database, "UPDATE some_queue.alembic_version SET version_num = '9999'")
    for refuse in (upgrade_queue, require_queue):
        with pytest.raises(DatabaseIncompatible, match="the job queue is at revision 9999"):
            refuse(database)
    monkeypatch.setattr(queue_schema, "ENGINE_VERSION", "03.00.00_01_pre_cancel_notification")
    with pytest.raises(DatabaseIncompatible, match="the installed procrastinate is newer"):
        upgrade_queue(database)


def test_a_role_that_may_not_make_the_schema_is_told_what_to_type(database: Database) -> None:
    url = database.url.set(username="plain_role")
    name = database.url.database
    execute(
        database,
        "DO $$BEGIN CREATE ROLE plain_role LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END$$",
        f'REVOKE CREATE ON DATABASE "{name}" FROM PUBLIC',
    )
    plain = Database(url.render_as_string(hide_password=False), queue_schema=SCHEMA)
    with pytest.raises(DatabaseIncompatible) as refused:
        upgrade_queue(plain)
    statement = f'CREATE SCHEMA {SCHEMA} AUTHORIZATION "plain_role";'
    assert refused.value.hint.endswith(statement)
    execute(database, statement)
    upgrade_queue(plain)
    require_queue(plain)
    plain.close()


def test_an_upgrade_of_the_history_waits_for_the_runs(database: Database) -> None:
    """Each run shares a lock that an upgrade takes alone."""
    from syncer.run.cluster.player_locks import PlayerLocks

    locks = PlayerLocks(database)
    assert locks.try_lock("Alice")
    with database.writing() as tx:
        alone = sa.text("SELECT pg_try_advisory_xact_lock(7261004)")
        assert tx.scalar(alone) is False
        locks.unlock("Alice")
        assert tx.scalar(alone) is True
        assert not locks.try_lock("Alice")  # no run begins meanwhile
    assert locks.try_lock("Alice")
    locks.close()
