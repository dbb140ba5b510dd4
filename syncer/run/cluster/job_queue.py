"""The job queue: procrastinate, on tables in a separate schema.

A job says whose run is to be executed, no more: what is due then is in the history. So no job is retried by
the engine, and none is kept when it has ended, however: a player who is still due gets a new one.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

import procrastinate
import psycopg
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Job, Status

from syncer.core.errors import StoreError
from syncer.run.daemon import SHUTDOWN_TIMEOUT
from syncer.store.db.engine import Database
from syncer.store.db.postgres import driver_arguments
from syncer.store.db.queue_tables import DUE, FIRST
from syncer.store.write.player_schedule import StaleJob

TASK = "run_player"
HEARTBEAT = 10.0  # seconds
POOL_SIZE = 4
UNREACHABLE = "the job queue cannot be reached"
SET_PATH = "SELECT set_config('search_path', %s, false)"


class JobQueue:
    """The jobs of one database. `dead_after`: seconds without a heartbeat until a worker counts as dead."""

    def __init__(self, database: Database, dead_after: float) -> None:
        # They log each job, and a failing database again and again; the worker logs both itself.
        for name in ("procrastinate", "psycopg.pool", "asyncio"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._schema, self._dead_after = database.queue_schema, dead_after
        self._arguments = driver_arguments(database.url)

    def queue_jobs(self, players: Iterable[tuple[str, bool]]) -> None:
        """Queue a job for each (player, is this the first run). Raises StoreError."""
        jobs = [
            Job(
                queue=FIRST if is_first else DUE,
                lock=None,
                queueing_lock=player,
                task_name=TASK,
                task_kwargs={"player": player},
            )
            for player, is_first in players
        ]
        asyncio.run(self._with_app(lambda app: app.job_manager.batch_defer_jobs_async(jobs)))

    def remove(self, stale: Sequence[StaleJob]) -> None:
        """Remove the jobs of dead workers, and the dead workers. Raises StoreError."""

        async def remove(app: procrastinate.App) -> None:
            for job in stale:
                with suppress(ConnectorException):  # it has ended meanwhile
                    await app.job_manager.finish_job_by_id_async(job.id, Status.FAILED, delete_job=True)
            await app.job_manager.prune_stalled_workers(self._dead_after)

        asyncio.run(self._with_app(remove))

    async def work(self, run_player: Callable[[str], Any], queues: Sequence[str], concurrency: int) -> None:
        """Execute jobs until the task is cancelled. Raises StoreError when the database fails."""
        app = self._app()
        app.task(name=TASK)(run_player)
        try:
            async with app.open_async():
                await app.run_worker_async(
                    queues=list(queues),
                    concurrency=concurrency,
                    install_signal_handlers=False,
                    shutdown_graceful_timeout=SHUTDOWN_TIMEOUT,
                    delete_jobs="always",
                    update_heartbeat_interval=min(HEARTBEAT, self._dead_after / 3),
                    stalled_worker_timeout=self._dead_after,
                    fetch_job_polling_interval=1.0,
                )
        except (ConnectorException, psycopg.Error) as error:
            raise StoreError(f"{UNREACHABLE} ({describe(error)})") from None
        raise StoreError("the connection to the job queue was lost")  # without a cancellation, by itself

    async def _with_app(self, use: Callable[[procrastinate.App], Any]) -> None:
        try:
            app = self._app(size=1)
            async with app.open_async():
                await use(app)
        except AlreadyEnqueued:
            # Nothing was queued. Another planner was faster, whose lock was lost like ours.
            raise StoreError("another process has queued the same players") from None
        except (ConnectorException, psycopg.Error) as error:
            raise StoreError(f"{UNREACHABLE} ({describe(error)})") from None

    def _app(self, size: int = POOL_SIZE) -> procrastinate.App:
        connector = procrastinate.PsycopgConnector(
            kwargs=self._arguments,
            min_size=1,
            max_size=size,
            timeout=10.0,
            configure=self._configure,
        )
        return procrastinate.App(connector=connector)

    async def _configure(self, connection: psycopg.AsyncConnection[Any]) -> None:
        """Set the schema for a new connection: a pooler refuses it as a parameter of the connection."""
        await connection.set_autocommit(True)
        await connection.execute(SET_PATH, [self._schema])


def describe(error: BaseException) -> str:
    """Return the kind of an error and its first line: the rest may name how it was connected."""
    cause = error.__cause__ or error
    return (str(cause).splitlines() or [type(cause).__name__])[0]
