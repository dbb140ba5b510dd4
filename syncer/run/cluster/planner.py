"""The planner: one process that queues a job for each player who is due."""

import logging
from datetime import timedelta

from syncer.app import App, audience
from syncer.core.clock import SystemClock
from syncer.core.errors import Cancelled, StoreError
from syncer.core.monitoring.cluster import set_aside_text
from syncer.run.lock import WriterLock
from syncer.store.write.player_schedule import PlayerSchedule

from .job_queue import JobQueue
from .player_locks import player_key

logger = logging.getLogger("syncer")


class Planner:
    """Queues what is due, and removes jobs whose worker died; only while this process holds the lock."""

    def __init__(self, app: App, lock: WriterLock, clock: SystemClock) -> None:
        self._app, self._clock, self._lock = app, clock, lock
        self._dead_after = app.config.cluster.dead_after
        self._queue = JobQueue(app.database, self._dead_after)
        self._schedule = PlayerSchedule(app.database, audience(app.config))
        self._swept_at = clock.monotonic()
        self._follow_within: float | None = None  # seconds, of a configuration that is not stored yet
        self._is_failing = False

    def follow(self, app: App, within: float) -> None:
        """Have the players of a configuration from the next plan on, due within so many seconds."""
        self._app = app
        self._schedule = PlayerSchedule(app.database, audience(app.config))
        self._follow_within = within

    def plan(self) -> None:
        """Queue what is due, and remove jobs whose worker died. Never raises."""
        try:
            self._lock.reacquire()
            self._follow_if_new()
            self._sweep_if_time()
            if due := self._schedule.due_players():
                self._queue.queue_jobs(due)
            if self._is_failing:
                logger.info("the database works again", extra={"facts": {"event": "store_recovered"}})
            self._is_failing = False
        except Cancelled:
            pass
        except StoreError as error:
            if not self._is_failing:
                logger.error("%s", error.message, extra={"facts": {"event": "store_failed"}})
            self._is_failing = True

    def _follow_if_new(self) -> None:
        """Store the players of a new configuration; a database that fails is asked again by the next plan."""
        within, self._follow_within = self._follow_within, None
        if within is None:
            return
        try:
            self._schedule.follow([entry.label for entry in self._app.config.players], within)
        except (Cancelled, StoreError):
            self._follow_within = within
            raise

    def _sweep_if_time(self) -> None:
        now = self._clock.monotonic()
        if now - self._swept_at < self._dead_after / 4:
            return
        self._swept_at = now
        stale = self._schedule.stale_jobs(self._dead_after, player_key)
        for job in stale:
            self._record(job.player, is_dead=job.is_dead)
        self._queue.remove(stale)
        if not self._schedule.has_first_run(player_key):
            at = self._app.clock.now()
            self._app.writers.runs.interrupt_unresolved_runs(at - timedelta(seconds=self._dead_after), at)

    def _record(self, player: str, *, is_dead: bool) -> None:
        """Close the run of a job whose worker died, and count that death."""
        self._app.writers.runs.interrupt_runs_of(player, self._app.clock.now())
        text = "the run of %s was cut short with its worker; it is due again"
        logger.warning(text, player, extra={"facts": {"event": "job_swept", "player": player}})
        if is_dead and self._schedule.record_death(player, alone=False):
            log_set_aside(player)


def log_set_aside(player: str) -> None:
    """Log that a player is not run any more."""
    text = "%s; to try again: syncer sync --player %s"
    logger.error(
        text,
        set_aside_text([player]),
        player,
        extra={"facts": {"event": "player_set_aside", "player": player}},
    )
