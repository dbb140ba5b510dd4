"""A worker of a cluster: it takes jobs from the queue and executes the runs of their players."""

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from syncer.app import App, audience
from syncer.core.clock import SystemClock
from syncer.core.errors import Cancelled, DatabaseIncompatible, StoreError, SyncerError
from syncer.core.events import EventHandler
from syncer.core.formats.text import format_duration
from syncer.core.places import Places
from syncer.core.sync.player_sync import PlayerSync
from syncer.run.daemon import RESTART_TRIAL_AFTER, try_keys
from syncer.run.jobs import JobRunner
from syncer.run.liveness import STALL_AFTER, LivenessMonitor
from syncer.run.lock import WriterLock
from syncer.run.player_jobs import WORKING_RUNS
from syncer.run.rejected_config import log_rejected
from syncer.run.systemd import notify
from syncer.store.db.queue_tables import QUEUES
from syncer.store.db.revision import head, stored_revision
from syncer.store.write.player_schedule import PlayerSchedule

from .job_queue import JobQueue
from .killed_runs import FAILED_DELAY, KilledRuns
from .player_locks import PlayerLocks
from .server_clock import follow_server

logger = logging.getLogger("syncer")
SUPERVISION_INTERVAL = 1.0
FOLLOW_SERVER_EVERY = 30  # of these intervals
RECONNECT_AFTER = 2.0  # seconds after which a failing queue is tried again
BUSY_DELAY = 15.0  # seconds until a player whom another process has locked is tried again
UNKNOWN_DELAY = 600.0  # seconds until a player is tried again who is not in this worker's configuration


@dataclass(frozen=True)
class WorkerOptions:
    """`concurrency`: how many runs go on at once. `command`: what starts one run in its own process."""

    concurrency: int
    queues: Sequence[str] = QUEUES
    command: Sequence[str] = ()


class Worker:
    """Executes jobs until a stop is requested, or until the schema of the database is another one.

    `changed`, called each second, returns an App of a changed configuration, or None.
    """

    def __init__(
        self,
        app: App,
        lock: WriterLock,
        clock: SystemClock,
        listeners: Sequence[EventHandler],
        options: WorkerOptions,
        changed: Callable[[], App | None] = lambda: None,
    ) -> None:
        self._app, self._clock, self._options, self._changed = app, clock, options, changed
        self._schedule = PlayerSchedule(app.database, audience(app.config))
        self._locks = PlayerLocks(app.database)
        self._places = Places(WORKING_RUNS)
        self._killed_runs = KilledRuns(app, clock, options.command)
        liveness = LivenessMonitor(clock, STALL_AFTER + app.config.timeout, self._places.waiting)
        clock.on_wait(liveness.begin_wait)
        self._liveness = liveness
        self._listeners: list[EventHandler] = [*listeners, liveness]
        self._jobs = JobRunner(lock, clock, liveness, self._finish)
        self._syncers = self._syncers_of(app)
        self._schema_changed: SyncerError | None = None
        try_keys(list(self._syncers.values()), RESTART_TRIAL_AFTER)

    def run(self) -> None:
        """Execute jobs. Raises DatabaseIncompatible, DatabaseCorrupt where this worker cannot go on."""
        follow_server(self._clock, self._app.database)
        threading.Thread(target=self._supervise, name="supervision", daemon=True).start()
        logger.info("executing runs; stop with Ctrl-C", extra={"facts": {"event": "worker_started"}})
        notify("READY=1", "STATUS=executing runs")
        try:
            with suppress(asyncio.CancelledError):
                asyncio.run(self._work_until_stopped())
        finally:
            self._locks.close()
        if error := self.fatal:
            raise error

    @property
    def fatal(self) -> SyncerError | None:
        """The error that ended the worker."""
        return self._schema_changed or self._jobs.fatal

    def run_alone(self, player: str) -> None:
        """Execute what is due for a player in a process without other jobs. Raises DatabaseCorrupt."""
        follow_server(self._clock, self._app.database)
        self.run_player(player)
        if error := self.fatal:
            raise error

    def run_player(self, player: str) -> None:
        """Execute what is due for a player, then set when it is due again; the caller holds its lock."""
        syncer = self._syncers.get(player)
        if syncer is None:
            logger.warning(
                "%s is queued, but not in this worker's configuration, and waits %s; to read it again: %s",
                *(player, format_duration(UNKNOWN_DELAY), f"kill -HUP {os.getpid()}"),
            )
            self._schedule.postpone(player, UNKNOWN_DELAY)
            return
        self._jobs.run_job(syncer)
        self._liveness.forget(player)

    def _syncers_of(self, app: App) -> dict[str, PlayerSync]:
        syncers = app.syncers(self._listeners, interactive=False)
        return {syncer.tracked.label: syncer for syncer in syncers}

    def _finish(self, syncer: PlayerSync, at: datetime) -> bool:
        """Set when a player is due; JobRunner calls it after each run."""
        delay = (at - self._clock.now()).total_seconds()
        self._schedule.finish(syncer.tracked.label, max(0.0, delay))
        return True

    # Jobs: each in its own thread, because a run waits most of its time

    async def _work_until_stopped(self) -> None:
        """Take jobs until a stop is requested; the runs get some seconds to end."""
        loop, task = asyncio.get_running_loop(), asyncio.ensure_future(self._work())

        def cancel() -> None:
            with suppress(RuntimeError):  # the loop has ended by itself
                loop.call_soon_threadsafe(task.cancel)

        self._clock.on_stop(cancel)
        await task

    async def _work(self) -> None:
        """Take jobs, and begin again when the database has failed."""
        while not self._clock.stopping:
            queue = JobQueue(self._app.database, self._app.config.cluster.dead_after)
            try:
                await queue.work(self._execute, self._options.queues, self._options.concurrency)
            except StoreError as error:
                logger.error("%s; trying again", error.message, extra={"facts": {"event": "store_failed"}})
            await asyncio.sleep(RECONNECT_AFTER)

    async def _execute(self, player: str) -> None:
        """Execute the job of a player in a new thread, which a stop gives some seconds to end."""
        done = asyncio.Event()
        loop = asyncio.get_running_loop()

        def execute() -> None:
            try:
                self._run_locked(player)
            finally:
                with suppress(RuntimeError):  # the loop has ended: the thread was given up
                    loop.call_soon_threadsafe(done.set)

        threading.Thread(target=execute, name=player, daemon=True).start()
        await done.wait()

    def _run_locked(self, player: str) -> None:
        """Execute a run under the player's lock. Never raises: what is still due gets another job."""
        try:
            if not self._locks.try_lock(player):
                self._schedule.postpone(player, BUSY_DELAY)
                return
            try:
                self._run_checked(player)
            finally:
                self._locks.unlock(player)
        except Cancelled:
            pass
        except StoreError as error:
            self._jobs.log_store_error(player, error)
        except Exception:
            logger.exception("internal error", extra={"facts": {"event": "internal_error"}})
            with suppress(StoreError):
                self._schedule.postpone(player, FAILED_DELAY)

    def _run_checked(self, player: str) -> None:
        found = stored_revision(self._app.database)
        if found != head():
            self._stop_for_schema(found)
        elif self._schedule.has_killed(player):
            self._killed_runs.repeat(player, self._schedule)
        else:
            self._places.take()
            with self._places.taken():
                self.run_player(player)

    def _stop_for_schema(self, found: str | None) -> None:
        why = f"the database is at revision {found or 'none'}, this version needs {head()}; this worker ends"
        hint = "Start it with the version that has upgraded the database."
        self._schema_changed = DatabaseIncompatible(why, hint=hint)
        self._clock.stop()

    # Supervision, in a thread of its own

    def _supervise(self) -> None:
        """Keep the locks, follow the server's clock, and log jobs that are stalled."""
        logged: list[str] = []
        with suppress(Cancelled):
            for tick in range(1, 1 << 62):
                self._clock.wait(SUPERVISION_INTERVAL)
                try:
                    logged = self._supervise_once(tick, logged)
                except Exception:  # the next second may be better, and nothing else keeps the locks
                    logger.exception("internal error", extra={"facts": {"event": "internal_error"}})

    def _supervise_once(self, tick: int, logged: list[str]) -> list[str]:
        """Do what is done each second; return which stalled players were logged."""
        with suppress(StoreError):  # the runs meet it, too, and log it
            self._locks.keep()
        if tick % FOLLOW_SERVER_EVERY == 0:
            follow_server(self._clock, self._app.database)
        self._apply_changes()
        return self._log_stalled(logged)

    def _apply_changes(self) -> None:
        """Use a changed configuration from the next runs on; keep the old one if it is wrong."""
        try:
            if app := self._changed():
                self._syncers = self._syncers_of(app)
                self._schedule = PlayerSchedule(app.database, audience(app.config))
                self._jobs.forget_errors()
                try_keys(list(self._syncers.values()))
                logger.info("the configuration was reloaded", extra={"facts": {"event": "reloaded"}})
        except (OSError, SyncerError) as error:
            log_rejected(error if isinstance(error, SyncerError) else StoreError(str(error)), is_secret=False)

    def _log_stalled(self, logged: list[str]) -> list[str]:
        stalled = self._liveness.stalled_players()
        if stalled and stalled != logged:
            facts = {"event": "job_stalled", "players": stalled}
            logger.error("the run of %s is stalled", ", ".join(stalled), extra={"facts": facts})
        return stalled
