"""The daemon: one job for each player on APScheduler, an orderly stop, and an eye on the clock."""

import logging
import os
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from syncer.app import App, notification_services
from syncer.core.clock import SystemClock
from syncer.core.errors import Cancelled, DatabaseCorrupt, StoreError, SyncerError, WriterLockHeld
from syncer.core.events import EventHandler
from syncer.core.formats.text import pluralize
from syncer.core.ratelimit.budget import blocked_until, circuit_open_until
from syncer.core.sync.player_sync import PlayerSync

from .liveness import STALL_AFTER, LivenessMonitor
from .lock import WriterLock
from .notifier import Notifier
from .startup import deactivate_unconfigured, recover_interrupted
from .systemd import Watchdog, notify, notify_status

logger = logging.getLogger("syncer")
WAKE_INTERVAL = timedelta(seconds=30)
MIN_DELAY = timedelta(milliseconds=200)
PERMANENT_OUTCOMES = timedelta(hours=1)  # until a configuration error of one player is tried again
STORE_CAUSES = ("StoreError", "StoreBusy", "DatabaseIncompatible")
PERMANENT_CAUSES = ("ConfigError", "InvalidRequest")
MAX_ERROR_BACKOFF = timedelta(minutes=10)
CLOCK_JUMP = 30.0  # seconds of disagreement between the clocks
SHUTDOWN_TIMEOUT = 8.0  # seconds that a stop waits for the jobs
DELIVERY_GRACE = 1.0  # and then for a message that is just being taken


class ResultNotStored(StoreError):
    """The database was there for the run's row, and not for what the site said."""


class Daemon:
    """Runs until SIGTERM or SIGINT. `reload` gives the App of a new configuration (SIGHUP)."""

    def __init__(
        self,
        app: App,
        lock: WriterLock,
        clock: SystemClock,
        listeners: Sequence[EventHandler],
        reload: Callable[[], App] | None = None,
    ) -> None:
        self._app, self._lock, self._clock = app, lock, clock
        self._reload, self._reload_wanted = reload, False
        self._couriers = Notifier()
        self._dice = Random()
        self._not_before: dict[str, datetime] = {}
        self._troubles: dict[str, str] = {}
        self._bugs: dict[str, int] = {}
        self.fatal: SyncerError | None = None
        workers = min(8, max(1, len(app.config.players)))
        self._progress = LivenessMonitor(clock, workers, STALL_AFTER + app.config.timeout)
        self._watchdog = Watchdog(clock, self.stalled_players)
        self._told_stuck: list[str] = []
        self._listeners: list[EventHandler] = [*listeners, self._progress, notify_status]
        clock.on_wait(self._progress.request_budgets)
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(workers)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def run(self) -> None:
        """Raises what made it impossible to go on (DatabaseCorrupt, Held)."""
        recover_interrupted(self._app)
        self._couriers.follow(self._app, notification_services(self._app.config))
        jitter = self._app.config.jitter.total_seconds()
        self._follow(self._syncers(self._app), self._dice.uniform(0, jitter))
        self._scheduler.start()
        following = f"following {pluralize(len(self._app.config.players), 'player')}"
        logger.info("%s; stop with Ctrl-C", following)
        notify("READY=1", f"STATUS={following}")
        try:
            self._supervise()
        except Cancelled:
            pass
        finally:
            notify("STOPPING=1", "STATUS=ending")
            self._end()
        if self.fatal:
            raise self.fatal

    def _follow(self, syncers: Sequence[PlayerSync], delay: float) -> None:
        self._scheduler.remove_all_jobs()
        self._progress.forget_all()
        first = self._clock.now() + timedelta(seconds=delay)
        for syncer in syncers:
            syncer.check_profile = True
            self._progress.expect_within(syncer.tracked.label, delay)
            trigger = IntervalTrigger(seconds=int(WAKE_INTERVAL.total_seconds()), timezone=UTC)
            self._scheduler.add_job(
                self.run_job,
                trigger,
                [syncer],
                id=syncer.tracked.label,
                next_run_time=first,
                replace_existing=True,
            )

    def _syncers(self, app: App) -> list[PlayerSync]:
        """Raises ConfigError for what only shows when it is put together."""
        return app.syncers([*self._listeners, self._couriers.listen], interactive=False, rng=self._dice)

    # One job

    def run_job(self, syncer: PlayerSync) -> None:
        """One look at what is due for one player; then the next moment to wake is set."""
        with self._progress.running(syncer.tracked.label):
            self._run_guarded(syncer)

    def _run_guarded(self, syncer: PlayerSync) -> None:
        try:
            self._lock.reacquire()
            due = self._run_due(syncer)
        except Cancelled:
            return
        except (DatabaseCorrupt, WriterLockHeld) as error:
            self._give_up(error)
        except StoreError as error:
            self._notify_trouble(syncer, error)
            pause = self._error_backoff(syncer) if isinstance(error, ResultNotStored) else WAKE_INTERVAL
            self._wake_again(syncer, self._clock.now() + pause)
        except Exception:
            logger.exception("a bug", extra={"facts": {"event": "bug"}})
            self._wake_again(syncer, self._clock.now() + self._error_backoff(syncer))
        else:
            self._clear_errors(syncer)
            self._wake_again(syncer, min(due, self._clock.now() + WAKE_INTERVAL))

    def _run_due(self, syncer: PlayerSync) -> datetime:
        """Ask what is due, if the key may be used; the next moment when something will be."""
        now = self._clock.now()
        if now >= self._may_ask_at(syncer, now):
            report = syncer.run_once("schedule", only_due=True)
            if report and report.exit_code == DatabaseCorrupt.exit_code:
                raise DatabaseCorrupt(report.error, hint=report.hint)
            if report and report.cause in STORE_CAUSES:  # asked, and could not store it
                raise ResultNotStored(report.error)
            if report and report.cause in PERMANENT_CAUSES:
                self._not_before[syncer.tracked.label] = self._clock.now() + PERMANENT_OUTCOMES
        now = self._clock.now()
        return max(syncer.next_wake() or now + WAKE_INTERVAL, self._may_ask_at(syncer, now))

    def _may_ask_at(self, syncer: PlayerSync, now: datetime) -> datetime:
        """When this player's key may be used again."""
        budget = syncer.source.limiter.read()
        waits = (
            blocked_until(budget, now),
            circuit_open_until(budget, now),
            self._config_error_until(syncer, now),
        )
        return max((wait for wait in waits if wait), default=now)

    def _config_error_until(self, syncer: PlayerSync, now: datetime) -> datetime | None:
        until = self._not_before.get(syncer.tracked.label)
        return until if until and until <= now + PERMANENT_OUTCOMES else None

    def _notify_trouble(self, syncer: PlayerSync, error: StoreError) -> None:
        """The database cannot be used: told once, tried again soon."""
        if self._troubles.get(syncer.tracked.label) != error.message:
            logger.error("%s", error.message, extra={"facts": {"event": "store_failed"}})
        self._troubles[syncer.tracked.label] = error.message

    def _clear_errors(self, syncer: PlayerSync) -> None:
        self._bugs.pop(syncer.tracked.label, None)
        if self._troubles.pop(syncer.tracked.label, None):
            logger.info("the database works again", extra={"facts": {"event": "store_recovered"}})

    def _error_backoff(self, syncer: PlayerSync) -> timedelta:
        """After asking in vain: each time twice as long, for the site is asked again."""
        count = self._bugs[syncer.tracked.label] = self._bugs.get(syncer.tracked.label, 0) + 1
        return min(WAKE_INTERVAL * 2.0 ** min(count, 10), MAX_ERROR_BACKOFF)

    def _wake_again(self, syncer: PlayerSync, due: datetime) -> None:
        if self._clock.stopping:  # the scheduler's locks are held by its shutdown, which waits for us
            return
        job: Any = self._scheduler.get_job(syncer.tracked.label)
        if not job:  # the player left the configuration meanwhile
            self._progress.forget(syncer.tracked.label)
            return
        now = self._clock.now()
        moment = max(due, now + MIN_DELAY)
        self._progress.expect_within(syncer.tracked.label, (moment - now).total_seconds())
        job.modify(next_run_time=moment)

    def _give_up(self, error: SyncerError) -> None:
        self.fatal = error
        self._clock.stop()

    # The main thread

    def _supervise(self) -> None:
        """Once a second: has a new configuration been asked for, has the clock jumped?"""
        apart = self._clock_offset()
        while True:
            self._clock.wait(1.0)
            self._watch()
            if self._reload_wanted:
                self._reload_wanted = False
                self._read_again()
            now_apart = self._clock_offset()
            if abs(now_apart - apart) > CLOCK_JUMP:
                logger.warning(
                    "the clock jumped by %.0f s", now_apart - apart, extra={"facts": {"event": "clock"}}
                )
                for job in self._scheduler.get_jobs():
                    job.modify(next_run_time=self._clock.now())
            apart = now_apart

    def _watch(self) -> None:
        """A job that hangs is told once; systemd, which hears no more, starts us again."""
        stuck = self._watchdog.look()
        if stuck and stuck != self._told_stuck:
            said = f"the job of {', '.join(stuck)} gives no sign any more"
            logger.error("%s", said, extra={"facts": {"event": "stuck", "players": stuck}})
            notify(f"STATUS={said}")
        self._told_stuck = stuck

    def stalled_players(self) -> list[str]:
        """The players whose job should have been heard of."""
        return self._progress.stalled_players()

    @property
    def app(self) -> App:
        """With the configuration that holds now."""
        return self._app

    def _clock_offset(self) -> float:
        return self._clock.now().timestamp() - self._clock.monotonic()

    def _read_again(self) -> None:
        if self._reload is None:
            return
        notify("RELOADING=1", f"MONOTONIC_USEC={self._clock.monotonic() * 1e6:.0f}")
        self._apply_config(self._reload)
        notify("READY=1")

    def _apply_config(self, reload: Callable[[], App]) -> None:
        """The new configuration, or the old one where it is wrong."""
        try:
            app = reload()
            syncers = self._syncers(app)
            deactivate_unconfigured(app)
            self._couriers.follow(app, notification_services(app.config))
        except SyncerError as error:
            problems = "; ".join(getattr(error, "problems", ()))
            logger.error(
                "the old configuration stays: %s %s",
                error.message,
                problems,
                extra={"facts": {"event": "reload"}},
            )
            return
        self._app = app
        self._not_before.clear()
        self._follow(syncers, 0.0)
        logger.info("the configuration was read again", extra={"facts": {"event": "reload"}})

    def request_reload(self) -> None:
        """The configuration, at the next second. Safe from a signal handler."""
        self._reload_wanted = True

    def _end(self) -> None:
        """Let the jobs end, but not longer than a service manager waits for us."""
        self._couriers.end()
        ending = threading.Thread(target=self._scheduler.shutdown, daemon=True)
        ending.start()
        ending.join(SHUTDOWN_TIMEOUT)
        if ending.is_alive():
            logger.warning("a run did not end in time; the next start marks it")
            logging.shutdown()
            self._lock.release()
            os._exit(0)
        self._couriers.join(DELIVERY_GRACE)
