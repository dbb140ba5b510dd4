"""The tables of the job queue ([cluster] enabled), in a separate schema of PostgreSQL.

The first says when each player is to be polled next. The others belong to procrastinate. None is part of the
history: a database without [cluster] does not have them, and no backup or copy contains them.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from .engine import Database

FIRST, DUE = "first", "due"  # the queues: of players never run before, and of all others
QUEUES = (FIRST, DUE)
SCHEMA = "queue"  # in place of the configured name, which Database.queue_schema holds

queue = sa.MetaData(schema=SCHEMA)
TIME = sa.DateTime(timezone=True)  # of the database's clock, which all machines share

player_schedule = sa.Table(
    "player_schedule",
    queue,
    sa.Column("player", sa.Text, primary_key=True),  # the configured name
    sa.Column("due_at", TIME, nullable=False),
    sa.Column("ended_at", TIME),  # when the last run ended, however; null: none has
    # Since a run ended: workers that died with a run, and runs that killed a process of their own.
    sa.Column("interruptions", sa.Integer, nullable=False),
    sa.Column("kills", sa.Integer, nullable=False),
    sa.Column("set_aside_at", TIME),  # since when it is not run any more; null: it is run
)
jobs = sa.Table(
    "procrastinate_jobs",
    queue,
    sa.Column("id", sa.BigInteger, primary_key=True),
    sa.Column("queueing_lock", sa.Text),  # the player
    sa.Column("queue_name", sa.Text),
    # Of a type of procrastinate's; its words are compared as text.
    sa.Column("status", sa.Text),
    sa.Column("worker_id", sa.BigInteger),
)
job_events = sa.Table(
    "procrastinate_events",
    queue,
    sa.Column("job_id", sa.BigInteger),
    sa.Column("type", sa.Text),
    sa.Column("at", TIME),
)
workers = sa.Table(
    "procrastinate_workers",
    queue,
    sa.Column("id", sa.BigInteger, primary_key=True),
    sa.Column("last_heartbeat", TIME),
)
STATUS = sa.cast(jobs.c.status, sa.Text)
IS_WAITING, IS_RUNNING = STATUS == "todo", STATUS == "doing"
NOW = sa.func.clock_timestamp(type_=TIME)


def seconds(value: float | sa.ColumnElement[float]) -> sa.ColumnElement[object]:
    """Return an interval of PostgreSQL."""
    return sa.func.make_interval(0, 0, 0, 0, 0, 0, value)


@contextmanager
def using_queue(database: Database) -> Iterator[sa.Connection]:
    """Begin a transaction on these tables. Raises StoreError."""
    engine = database.writer.execution_options(schema_translate_map={SCHEMA: database.queue_schema})
    with database.translated(), engine.begin() as tx:
        yield tx
