"""The scheduler: a job for each player, which sleeps until something is due, and one that watches for all."""

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from syncer.core.clock import Clock
from syncer.core.places import Places
from syncer.core.sync.player_sync import PlayerSync

from .executor import RunExecutor
from .jobs import WAKE_INTERVAL

# How many runs work at once; those that wait for their key or for the site are not counted.
WORKING_RUNS = 8
WATCH = "the watch job"  # no username has a space
EACH_INTERVAL = IntervalTrigger(seconds=int(WAKE_INTERVAL.total_seconds()), timezone=UTC)


class PlayerJobs:
    """The jobs of all players. `executor.queued` are the players whose job is due and waits for a place."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.executor = RunExecutor(Places(WORKING_RUNS))
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": self.executor},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def start(self, watch: Callable[[], object]) -> None:
        """Start the jobs, and call `watch` after each WAKE_INTERVAL."""
        self._scheduler.add_job(watch, EACH_INTERVAL, id=WATCH)
        self._scheduler.start()

    def replace(
        self, syncers: Sequence[PlayerSync], run_job: Callable[[PlayerSync], object], delay: float
    ) -> None:
        """Have these jobs and no others. `delay`: seconds until they run first."""
        first = self._clock.now() + timedelta(seconds=delay)
        for job in self._jobs():
            job.remove()
        for syncer in syncers:
            # The trigger is for a job that is due again while its last run goes on; else wake_at() decides.
            self._scheduler.add_job(
                *(run_job, EACH_INTERVAL, [syncer]),
                id=syncer.tracked.label,
                next_run_time=first,
                replace_existing=True,
            )

    def wake_at(self, label: str, at: datetime) -> bool:
        """Set when a player's job runs next; return False if there is no such job any more."""
        job: Any = self._scheduler.get_job(label)
        if job:
            job.modify(next_run_time=at)
        return bool(job)

    def wake_all(self) -> None:
        """Let each player's job run now."""
        for job in self._jobs():
            job.modify(next_run_time=self._clock.now())

    def syncers(self) -> list[PlayerSync]:
        """Return what the jobs run."""
        return [job.args[0] for job in self._jobs()]

    def shut_down(self, timeout: float) -> bool:
        """Start no further run, and wait for those that end by themselves; return whether all did."""
        thread = threading.Thread(target=self._scheduler.shutdown, daemon=True)
        thread.start()
        thread.join(timeout)
        return not thread.is_alive()

    def _jobs(self) -> list[Any]:
        return [job for job in self._scheduler.get_jobs() if job.id != WATCH]
