"""The scheduler: a job for each player, which sleeps until something is due, and one that watches for all."""

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from syncer.core.clock import SystemClock
from syncer.core.places import Places
from syncer.core.sync.player_sync import PlayerSync

from .executor import RunExecutor
from .jobs import WAKE_INTERVAL

# How many runs work at once; those that wait for their key or for the site are not counted.
WORKING_RUNS = 8
WATCH, EXTRA = "the watch job", "the extra job"  # no username has a space
EACH_INTERVAL = IntervalTrigger(seconds=int(WAKE_INTERVAL.total_seconds()), timezone=UTC)


class PlayerJobs:
    """The jobs of all players. `places`: those for which jobs that are due wait."""

    def __init__(self, clock: SystemClock) -> None:
        self._clock, self.places = clock, Places(WORKING_RUNS)
        self._executor = RunExecutor(self.places)
        self._syncers: dict[str, PlayerSync] = {}  # of the present configuration
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": self._executor},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def start(self, watch: Callable[[], object]) -> None:
        """Start the jobs, and call `watch` after each WAKE_INTERVAL."""
        self._scheduler.add_job(watch, EACH_INTERVAL, id=WATCH)
        self._scheduler.start()

    def every(self, seconds: float, call: Callable[[], object]) -> None:
        """Call `call` each so many seconds, beside the jobs of the players."""
        self._scheduler.add_job(call, IntervalTrigger(seconds=seconds, timezone=UTC), id=EXTRA)

    def replace(
        self, syncers: Sequence[PlayerSync], run_job: Callable[[PlayerSync], object], delay: float
    ) -> None:
        """Have these jobs and no others. `delay`: seconds until they run first."""
        first = self._clock.now() + timedelta(seconds=delay)
        self._syncers = {syncer.tracked.label: syncer for syncer in syncers}
        for job in self._jobs():
            job.remove()
        for label, syncer in self._syncers.items():
            # The trigger is for a job that is due again while its last run goes on; else wake_at() decides.
            self._scheduler.add_job(
                *(self._run, EACH_INTERVAL, [syncer, run_job]),
                id=label,
                next_run_time=first,
                replace_existing=True,
            )

    def _run(self, syncer: PlayerSync, run_job: Callable[[PlayerSync], object]) -> None:
        if self._is_current(syncer):
            run_job(syncer)
        else:  # it was replaced while it waited for a place
            self.wake_at(syncer, self._clock.now())

    def _is_current(self, syncer: PlayerSync) -> bool:
        return self._syncers.get(syncer.tracked.label) is syncer

    def wake_at(self, syncer: PlayerSync, at: datetime) -> bool:
        """Set when a player's job runs next; return False if there is no such job any more.

        A run that began before the configuration changed says nothing about the job after it: that one runs
        now.
        """
        job: Any = self._scheduler.get_job(syncer.tracked.label)
        if job:
            job.modify(next_run_time=at if self._is_current(syncer) else self._clock.now())
        return bool(job)

    def wake_all(self) -> None:
        """Let each player's job run now."""
        for job in () if self._clock.stopping else self._jobs():
            job.modify(next_run_time=self._clock.now())

    def syncers(self) -> list[PlayerSync]:
        """Return what the jobs run."""
        return list(self._syncers.values())

    def shut_down(self, timeout: float) -> bool:
        """Start no further run, and wait for those that end by themselves; return whether all did."""
        thread = threading.Thread(target=self._stop, daemon=True)
        thread.start()
        thread.join(timeout)
        return not thread.is_alive()

    def _stop(self) -> None:
        # Not by the scheduler, which would hold its locks meanwhile: a run may be about to set its next time.
        self._scheduler.shutdown(wait=False)
        self._executor.join()

    def _jobs(self) -> list[Any]:
        return [job for job in self._scheduler.get_jobs() if job.id not in (WATCH, EXTRA)]
