"""The job of one player: poll what is due, then set when to wake next."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from syncer.core.clock import SystemClock
from syncer.core.errors import Cancelled, DatabaseCorrupt, StoreError, SyncerError
from syncer.core.ratelimit.budget import blocked_until
from syncer.core.sync.player_sync import PlayerSync

from .liveness import LivenessMonitor
from .lock import WriterLock

logger = logging.getLogger("syncer")
WAKE_INTERVAL = timedelta(seconds=30)
MAX_SLEEP = timedelta(hours=1)  # whatever else may have changed what is due
MIN_DELAY = timedelta(milliseconds=200)
CONFIG_ERROR_RETRY_AFTER = timedelta(hours=1)  # a configuration error of one player is retried after it
MAX_ERROR_BACKOFF = timedelta(minutes=10)
# The cause of a run's error is the name of its class, as it stands in the report.
STORE_CAUSES = ("StoreError", "StoreBusy", "DiskFull", "DatabaseIncompatible")
PERMANENT_CAUSES = ("ConfigError", "InvalidRequest")
DATABASE = ""  # in place of a player's label: what concerns all


class ResultNotStored(StoreError):
    """The run was opened, but what the site returned could not be stored."""


class JobRunner:
    """Runs the players' jobs. `fatal` is the error that ends the daemon, if there is one.

    `reschedule` sets when a player's job runs next; it returns False if there is no such job any more.
    """

    def __init__(
        self,
        lock: WriterLock,
        clock: SystemClock,
        liveness: LivenessMonitor,
        reschedule: Callable[[PlayerSync, datetime], bool],
    ) -> None:
        self._lock, self._clock, self._liveness, self._reschedule = lock, clock, liveness, reschedule
        # Until when a player is not polled, by what the run found that had this configuration.
        self._config_errors: dict[str, tuple[PlayerSync, datetime]] = {}
        self._last_errors: dict[str, str] = {}
        self._error_counts: dict[str, int] = {}
        self._lock_was_lost = False
        self.fatal: SyncerError | None = None

    def run_job(self, syncer: PlayerSync) -> None:
        """Poll what is due for one player, then set when its job wakes next. Never raises."""
        with self._liveness.running(syncer.tracked.label):
            self._run_guarded(syncer)

    def forget_errors(self) -> None:
        """Poll all players again: the configuration has changed."""
        for errors in (self._config_errors, self._last_errors, self._error_counts):
            errors.clear()

    def watch(self, check: Callable[[], object]) -> bool:
        """Check lock and database, which nobody uses while all jobs sleep. Never raises.

        `check` raises StoreError. Returns whether the jobs must find out anew what is due: another process
        may have polled meanwhile, or the database works again.
        """
        try:
            self._reacquire_lock()
            check()
        except Cancelled:
            return False
        except DatabaseCorrupt as error:
            self._abort(error)
        except StoreError as error:
            self.log_store_error(DATABASE, error)
        else:
            was_lost, self._lock_was_lost = self._lock_was_lost, False
            return self._clear_errors(DATABASE) or was_lost
        return False

    def _reacquire_lock(self) -> None:
        if self._lock.reacquire():
            self._lock_was_lost = True  # no |=, which would read it before the wait for the lock

    def _run_guarded(self, syncer: PlayerSync) -> None:
        try:
            self._reacquire_lock()
            due = self._run_due(syncer)
        except Cancelled:
            return
        except DatabaseCorrupt as error:
            self._abort(error)
        except StoreError as error:
            self.log_store_error(syncer.tracked.label, error)
            # Where the site was polled in vain, it must not be polled each time the database is tried.
            pause = self._error_backoff(syncer) if isinstance(error, ResultNotStored) else WAKE_INTERVAL
            self._wake_at(syncer, syncer.clock.now() + pause)
        except Exception:
            logger.exception("internal error", extra={"facts": {"event": "internal_error"}})
            self._wake_at(syncer, syncer.clock.now() + self._error_backoff(syncer))
        else:
            self._clear_errors(syncer.tracked.label)
            self._wake_at(syncer, min(due, syncer.clock.now() + MAX_SLEEP))

    def _run_due(self, syncer: PlayerSync) -> datetime:
        """Poll what is due if the key may be used now; return when something will be due."""
        now = syncer.clock.now()
        has_run = now >= self._allowed_at(syncer, now) and self._run_once(syncer)
        now = syncer.clock.now()
        # What a run leaves due, whatever the reason, must not start one run after the other.
        earliest = now + min(WAKE_INTERVAL, syncer.tracked.schedule.interval) if has_run else now
        return max(syncer.next_wake() or now + WAKE_INTERVAL, earliest, self._allowed_at(syncer, now))

    def _run_once(self, syncer: PlayerSync) -> bool:
        """Poll what is due; return whether anything was."""
        report = syncer.run_once("schedule", only_due=True)
        if report is None:
            return False
        if report.exit_code == DatabaseCorrupt.exit_code:
            raise DatabaseCorrupt(report.error, hint=report.hint)
        if report.cause in STORE_CAUSES:
            raise ResultNotStored(report.error)
        if report.cause in PERMANENT_CAUSES:
            until = syncer.clock.now() + CONFIG_ERROR_RETRY_AFTER
            self._config_errors[syncer.tracked.label] = syncer, until
        return True

    def _allowed_at(self, syncer: PlayerSync, now: datetime) -> datetime:
        """Return when the player's key may be used."""
        limiter = syncer.source.limiter
        budget = limiter.read()
        waits = (
            blocked_until(budget, now),
            limiter.refused_until(budget, now),
            self._config_error_until(syncer, now),
        )
        return max((wait for wait in waits if wait), default=now)

    def _config_error_until(self, syncer: PlayerSync, now: datetime) -> datetime | None:
        found, until = self._config_errors.get(syncer.tracked.label, (None, now))
        # An end further ahead was computed before the clock was set back.
        return until if found is syncer and until <= now + CONFIG_ERROR_RETRY_AFTER else None

    def log_store_error(self, label: str, error: StoreError) -> None:
        """Log an error of the database when it begins, not for each player, nor at each new attempt."""
        if error.message not in self._last_errors.values():
            logger.error("%s", error.message, extra={"facts": {"event": "store_failed"}})
        self._last_errors[label] = error.message

    def _clear_errors(self, label: str) -> bool:
        """Forget the errors of a job that succeeded; return whether the database had failed it."""
        self._error_counts.pop(label, None)
        had_failed = self._last_errors.pop(label, None) is not None
        if had_failed and not self._last_errors:
            logger.info("the database works again", extra={"facts": {"event": "store_recovered"}})
        return had_failed

    def _error_backoff(self, syncer: PlayerSync) -> timedelta:
        """Return the pause after a poll whose result was lost: exponential backoff with a cap."""
        label = syncer.tracked.label
        count = self._error_counts[label] = self._error_counts.get(label, 0) + 1
        return min(WAKE_INTERVAL * 2.0 ** min(count, 10), MAX_ERROR_BACKOFF)

    def _wake_at(self, syncer: PlayerSync, due: datetime) -> None:
        if self._clock.stopping:  # the shutdown of the scheduler holds its locks while it waits for this job
            return
        label, delay = syncer.tracked.label, max(due - syncer.clock.now(), MIN_DELAY)
        self._liveness.expect_within(label, delay.total_seconds())
        # The scheduler reads the wall clock, from which the syncer's may differ.
        if not self._reschedule(syncer, self._clock.now() + delay):  # the player has left the configuration
            self._liveness.forget(label)

    def _abort(self, error: SyncerError) -> None:
        self.fatal = error
        self._clock.stop()
