"""The tables of a job queue, filled by hand: what a planner and workers would have left there."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import sqlalchemy as sa

from syncer.store.db.engine import Database
from syncer.store.db.queue_schema import upgrade_queue
from syncer.store.db.queue_tables import using_queue
from syncer.store.db.server_time import server_now

DEAD_AFTER = 300.0


class QueueTables:
    """The queue of one database. Ages are in seconds, before now by the database's clock."""

    def __init__(self, database: Database) -> None:
        self.database = database
        upgrade_queue(database)

    def execute(self, statement: str, **values: object) -> None:
        with using_queue(self.database) as tx:
            tx.exec_driver_sql(f"SET LOCAL search_path = {self.database.queue_schema}")
            tx.execute(sa.text(statement), values)

    def add_player(self, name: str, due_for: float, *, aside_for: float | None = None) -> None:
        self.execute(
            """INSERT INTO player_schedule (player, due_at, set_aside_at)
            VALUES (:name, now() - make_interval(secs => :due), now() - make_interval(secs => :aside))""",
            name=name,
            due=due_for,
            aside=aside_for,
        )

    def add_job(self, player: str, status: str) -> None:
        self.execute(
            """INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, status)
            VALUES ('due', 'run_player', :player, CAST(:status AS procrastinate_job_status))""",
            player=player,
            status=status,
        )

    def add_worker(self, silent_for: float = 0.0) -> None:
        self.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => :age))",
            age=silent_for,
        )

    def now(self) -> datetime:
        with self.database.reading() as tx:
            return server_now(tx)


@contextmanager
def queue_tables(url: str, schema: str = "syncer_queue") -> Iterator[QueueTables]:
    """Yield the empty queue of a database of PostgreSQL."""
    database = Database(url, queue_schema=schema)
    try:
        yield QueueTables(database)
    finally:
        database.close()
