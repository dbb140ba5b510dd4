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

from syncer.app import App
from syncer.core.clock import SystemClock
from syncer.core.errors import Held, Stopped, StoreDamaged, StoreError, SyncerError
from syncer.core.events import Announce
from syncer.core.formats.text import counted
from syncer.core.ratelimit.budget import breaker_open_until, must_wait_until
from syncer.core.sync.run import Syncer

from .liveness import QUIET, Progress
from .lock import WriterLock
from .notifier import Couriers
from .systemd import Watchdog, tell, tell_status

logger = logging.getLogger("syncer")
WAKE = timedelta(seconds=30)
SOONEST = timedelta(milliseconds=200)
HOPELESS = timedelta(hours=1)  # until a configuration error of one player is tried again
STORE_CAUSES = ("StoreError", "StoreBusy", "StoreRefused")
HOPELESS_CAUSES = ("ConfigError", "RequestRefused")
LONGEST_PATIENCE = timedelta(minutes=10)
JUMP = 30.0  # seconds of disagreement between the clocks
LAST_CALL = 8.0  # seconds that a stop waits for the jobs
LAST_WORD = 1.0  # and then for a message that is just being taken


class AskedInVain(StoreError):
    """The database was there for the run's row, and not for what the site said."""


class Daemon:
    """Runs until SIGTERM or SIGINT. `reload` gives the App of a new configuration (SIGHUP)."""

    def __init__(
        self,
        app: App,
        lock: WriterLock,
        clock: SystemClock,
        listeners: Sequence[Announce],
        reload: Callable[[], App] | None = None,
    ) -> None:
        self._app, self._lock, self._clock = app, lock, clock
        self._reload, self._reload_wanted = reload, False
        self._couriers = Couriers()
        self._dice = Random()
        self._not_before: dict[str, datetime] = {}
        self._troubles: dict[str, str] = {}
        self._bugs: dict[str, int] = {}
        self.fatal: SyncerError | None = None
        workers = min(8, max(1, len(app.config.players)))
        self._progress = Progress(clock, workers, QUIET + app.config.timeout)
        self._watchdog = Watchdog(clock, self.stuck)
        self._told_stuck: list[str] = []
        self._listeners: list[Announce] = [*listeners, self._progress, tell_status]
        clock.on_wait(self._progress.waits)
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(workers)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def run(self) -> None:
        """Raises what made it impossible to go on (StoreDamaged, Held)."""
        self._app.take_up()
        self._couriers.follow(self._app)
        jitter = self._app.config.jitter.total_seconds()
        self._follow(self._syncers(self._app), self._dice.uniform(0, jitter))
        self._scheduler.start()
        following = f"following {counted(len(self._app.config.players), 'player')}"
        logger.info("%s; stop with Ctrl-C", following)
        tell("READY=1", f"STATUS={following}")
        try:
            self._supervise()
        except Stopped:
            pass
        finally:
            tell("STOPPING=1", "STATUS=ending")
            self._end()
        if self.fatal:
            raise self.fatal

    def _follow(self, syncers: Sequence[Syncer], delay: float) -> None:
        self._scheduler.remove_all_jobs()
        self._progress.forget_all()
        first = self._clock.now() + timedelta(seconds=delay)
        for syncer in syncers:
            syncer.check_profile = True
            self._progress.expect(syncer.who.label, delay)
            trigger = IntervalTrigger(seconds=int(WAKE.total_seconds()), timezone=UTC)
            self._scheduler.add_job(
                self.wake, trigger, [syncer], id=syncer.who.label, next_run_time=first, replace_existing=True
            )

    def _syncers(self, app: App) -> list[Syncer]:
        """Raises ConfigError for what only shows when it is put together."""
        return app.syncers([*self._listeners, self._couriers.listen], typed=False, dice=self._dice)

    # One job

    def wake(self, syncer: Syncer) -> None:
        """One look at what is due for one player; then the next moment to wake is set."""
        with self._progress.at_work(syncer.who.label):
            self._look(syncer)

    def _look(self, syncer: Syncer) -> None:
        try:
            self._lock.ensure()
            due = self._run(syncer)
        except Stopped:
            return
        except (StoreDamaged, Held) as error:
            self._give_up(error)
        except StoreError as error:
            self._tell_trouble(syncer, error)
            pause = self._patience(syncer) if isinstance(error, AskedInVain) else WAKE
            self._wake_again(syncer, self._clock.now() + pause)
        except Exception:
            logger.exception("a bug", extra={"facts": {"event": "bug"}})
            self._wake_again(syncer, self._clock.now() + self._patience(syncer))
        else:
            self._well_again(syncer)
            self._wake_again(syncer, min(due, self._clock.now() + WAKE))

    def _run(self, syncer: Syncer) -> datetime:
        """Ask what is due, if the key may be used; the next moment when something will be."""
        now = self._clock.now()
        if now >= self._may_ask_at(syncer, now):
            report = syncer.run_once("schedule", only_due=True)
            if report and report.exit_code == StoreDamaged.exit_code:
                raise StoreDamaged(report.error, hint=report.hint)
            if report and report.cause in STORE_CAUSES:  # asked, and could not store it
                raise AskedInVain(report.error)
            if report and report.cause in HOPELESS_CAUSES:
                self._not_before[syncer.who.label] = self._clock.now() + HOPELESS
        now = self._clock.now()
        return max(syncer.next_wake() or now + WAKE, self._may_ask_at(syncer, now))

    def _may_ask_at(self, syncer: Syncer, now: datetime) -> datetime:
        """When this player's key may be used again."""
        budget = syncer.source.gate.read()
        waits = (must_wait_until(budget, now), breaker_open_until(budget, now), self._hopeless(syncer, now))
        return max((wait for wait in waits if wait), default=now)

    def _hopeless(self, syncer: Syncer, now: datetime) -> datetime | None:
        until = self._not_before.get(syncer.who.label)
        return until if until and until <= now + HOPELESS else None

    def _tell_trouble(self, syncer: Syncer, error: StoreError) -> None:
        """The database cannot be used: told once, tried again soon."""
        if self._troubles.get(syncer.who.label) != error.why:
            logger.error("%s", error.why, extra={"facts": {"event": "store_failed"}})
        self._troubles[syncer.who.label] = error.why

    def _well_again(self, syncer: Syncer) -> None:
        self._bugs.pop(syncer.who.label, None)
        if self._troubles.pop(syncer.who.label, None):
            logger.info("the database works again", extra={"facts": {"event": "store_recovered"}})

    def _patience(self, syncer: Syncer) -> timedelta:
        """After asking in vain: each time twice as long, for the site is asked again."""
        count = self._bugs[syncer.who.label] = self._bugs.get(syncer.who.label, 0) + 1
        return min(WAKE * 2.0 ** min(count, 10), LONGEST_PATIENCE)

    def _wake_again(self, syncer: Syncer, due: datetime) -> None:
        if self._clock.stopping:  # the scheduler's locks are held by its shutdown, which waits for us
            return
        job: Any = self._scheduler.get_job(syncer.who.label)
        if not job:  # the player left the configuration meanwhile
            self._progress.forget(syncer.who.label)
            return
        now = self._clock.now()
        moment = max(due, now + SOONEST)
        self._progress.expect(syncer.who.label, (moment - now).total_seconds())
        job.modify(next_run_time=moment)

    def _give_up(self, error: SyncerError) -> None:
        self.fatal = error
        self._clock.stop()

    # The main thread

    def _supervise(self) -> None:
        """Once a second: has a new configuration been asked for, has the clock jumped?"""
        apart = self._apart()
        while True:
            self._clock.wait(1.0)
            self._watch()
            if self._reload_wanted:
                self._reload_wanted = False
                self._read_again()
            now_apart = self._apart()
            if abs(now_apart - apart) > JUMP:
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
            tell(f"STATUS={said}")
        self._told_stuck = stuck

    def stuck(self) -> list[str]:
        """The players whose job should have been heard of."""
        return self._progress.stuck()

    @property
    def app(self) -> App:
        """With the configuration that holds now."""
        return self._app

    def _apart(self) -> float:
        return self._clock.now().timestamp() - self._clock.monotonic()

    def _read_again(self) -> None:
        if self._reload is None:
            return
        tell("RELOADING=1", f"MONOTONIC_USEC={self._clock.monotonic() * 1e6:.0f}")
        self._take_over(self._reload)
        tell("READY=1")

    def _take_over(self, reload: Callable[[], App]) -> None:
        """The new configuration, or the old one where it is wrong."""
        try:
            app = reload()
            syncers = self._syncers(app)
            app.follow_only_configured()
            self._couriers.follow(app)
        except SyncerError as error:
            problems = "; ".join(getattr(error, "problems", ()))
            logger.error(
                "the old configuration stays: %s %s",
                error.why,
                problems,
                extra={"facts": {"event": "reload"}},
            )
            return
        self._app = app
        self._not_before.clear()
        self._follow(syncers, 0.0)
        logger.info("the configuration was read again", extra={"facts": {"event": "reload"}})

    def reread(self) -> None:
        """The configuration, at the next second. Safe from a signal handler."""
        self._reload_wanted = True

    def _end(self) -> None:
        """Let the jobs end, but not longer than a service manager waits for us."""
        self._couriers.end()
        ending = threading.Thread(target=self._scheduler.shutdown, daemon=True)
        ending.start()
        ending.join(LAST_CALL)
        if ending.is_alive():
            logger.warning("a run did not end in time; the next start marks it")
            logging.shutdown()
            self._lock.release()
            os._exit(0)
        self._couriers.join(LAST_WORD)
