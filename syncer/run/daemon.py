"""The daemon: a scheduler with one job per player, supervision, reload and shutdown in order."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from random import Random

from syncer.app import App, notification_services
from syncer.core.clock import CLOCK_TOLERANCE, SystemClock
from syncer.core.errors import Cancelled, StoreError, SyncerError
from syncer.core.events import EventHandler
from syncer.core.formats.text import pluralize
from syncer.core.sync.player_sync import PlayerSync

from .jobs import JobRunner
from .liveness import STALL_AFTER, LivenessMonitor
from .lock import WriterLock
from .notifier import Notifier
from .player_jobs import PlayerJobs
from .postponed import PostponedChanges
from .rejected_config import log_rejected
from .startup import deactivate_unconfigured, next_poll_text, recover_interrupted, wait_for_database
from .systemd import Watchdog, notify, notify_status

logger = logging.getLogger("syncer")
SUPERVISION_INTERVAL = 1.0
CLOCK_JUMP = 30.0  # seconds by which the wall clock may differ from the monotonic one
SHUTDOWN_TIMEOUT = 8.0  # seconds that a stop waits for the jobs
DELIVERY_GRACE = 1.0  # and then for messages that are being sent
RESTART_TRIAL_AFTER = timedelta(minutes=5)  # a restart tries a refused key, unless it was tried since then


def try_keys(syncers: Sequence[PlayerSync], after: timedelta = timedelta(0)) -> None:
    """Let each refused key be tried with the next request, if its last trial is `after` ago."""
    for syncer in syncers:
        with suppress(StoreError):  # the job meets it, too, and logs it
            syncer.source.limiter.try_at_once(after)


class Daemon:
    """Runs until SIGTERM, SIGINT or a fatal error.

    `reload` returns the App of a new configuration. `reread`, called each second, returns one with new
    secrets if their files have changed, or if it is told that the last change was not applied.
    """

    _task = "following {}"  # what the log and systemd say of it

    def __init__(
        self,
        app: App,
        lock: WriterLock,
        clock: SystemClock,
        listeners: Sequence[EventHandler],
        reload: Callable[[], App] | None = None,
        reread: Callable[[bool], App | None] = lambda again: None,
    ) -> None:
        self._app, self._lock, self._clock = app, lock, clock
        self._reload, self._reload_requested, self._reread = reload, False, reread
        self._postponed = PostponedChanges(clock)
        self._notifier, self._rng = Notifier(lock.is_held), Random()
        self._player_jobs = PlayerJobs(clock)
        waiting = self._player_jobs.places.waiting
        self._liveness = LivenessMonitor(clock, STALL_AFTER + app.config.timeout, waiting)
        clock.on_wait(self._liveness.begin_wait)
        self._watchdog = Watchdog(clock, self.stalled_players)
        self._logged_stalled: list[str] = []
        self._seen_corrections = app.clock.corrections
        self._listeners: list[EventHandler] = [*listeners, self._liveness, notify_status]
        self._jobs = JobRunner(lock, clock, self._liveness, self._player_jobs.wake_at)

    @property
    def app(self) -> App:
        """The App of the current configuration."""
        return self._app

    @property
    def fatal(self) -> SyncerError | None:
        """The error that ended the daemon."""
        return self._jobs.fatal

    def run(self) -> None:
        """Run until a stop is requested. Raises DatabaseCorrupt if it cannot go on."""
        self._start()
        try:
            self._supervise()
        except Cancelled:
            pass
        finally:
            notify("STOPPING=1", "STATUS=ending")
            self._shut_down()
        if self.fatal:
            raise self.fatal

    def request_reload(self) -> None:
        """Read the configuration again within a second. Safe in a signal handler."""
        self._reload_requested = True

    def stalled_players(self) -> list[str]:
        """Return the players whose job is stalled."""
        return self._liveness.stalled_players()

    # Jobs

    def _start(self) -> None:
        self._recover()
        services = notification_services(self._app.config)
        wait_for_database(self._app, lambda: self._notifier.follow(self._app, services))
        syncers = self._syncers(self._app)
        try_keys(syncers, RESTART_TRIAL_AFTER)
        self._schedule_all(syncers, self._startup_jitter())
        self._player_jobs.start(self._watch)
        following = self._task.format(pluralize(len(self._app.config.players), "player"))
        logger.info("%s%s; stop with Ctrl-C", following, next_poll_text(self._app, syncers))
        notify("READY=1", f"STATUS={following}")

    def _recover(self) -> None:
        """Close what a killed process left open."""
        recover_interrupted(self._app)

    def _startup_jitter(self) -> float:
        """Return a random delay, so that daemons that start together do not poll together."""
        return self._rng.uniform(0, self._app.config.jitter.total_seconds())

    def _syncers(self, app: App) -> list[PlayerSync]:
        """Return a PlayerSync per player. Raises ConfigError for problems that only show now."""
        return app.syncers([*self._listeners, self._notifier.listen], interactive=False, rng=self._rng)

    def _schedule_all(self, syncers: Sequence[PlayerSync], delay: float) -> None:
        self._liveness.restart([syncer.tracked.label for syncer in syncers], delay)
        for syncer in syncers:
            syncer.check_profile = True
        self._player_jobs.replace(syncers, self._jobs.run_job, delay)

    def _watch(self) -> None:
        """Wake all jobs if what they sleep for may have changed. Costs the same for any number of players."""
        corrections = self._app.clock.corrections
        if self._jobs.watch(self._app.database.check) or corrections != self._seen_corrections:
            self._player_jobs.wake_all()
        self._seen_corrections = corrections

    # Supervision, in the main thread

    def _supervise(self) -> None:
        """Check each second for a requested reload, a stalled job and a jump of the clock."""
        offset = self._clock_offset()
        while True:
            self._clock.wait(SUPERVISION_INTERVAL)
            self._check_liveness()
            if self._postponed.take("reloaded") or self._reload_requested:
                self._reload_requested = False
                self._reload_config()
            self._reread_secrets()
            now_offset = self._clock_offset()
            if abs(now_offset - offset) > CLOCK_JUMP:
                self._handle_clock_jump(now_offset - offset)
            offset = now_offset

    def _check_liveness(self) -> None:
        """Ping systemd's watchdog, or log once which jobs are stalled: without pings it restarts us."""
        stalled = self._watchdog.check()
        if stalled and stalled != self._logged_stalled:
            text = f"the job of {', '.join(stalled)} is stalled"
            logger.error("%s", text, extra={"facts": {"event": "job_stalled", "players": stalled}})
            notify(f"STATUS={text}")
        self._logged_stalled = stalled

    def _clock_offset(self) -> float:
        return self._clock.now().timestamp() - self._clock.monotonic()

    def _handle_clock_jump(self, seconds: float) -> None:
        """Wake all jobs: the scheduler's times are of the old clock. The site is asked for the time."""
        logger.warning("the clock jumped by %.0f s", seconds, extra={"facts": {"event": "clock_jumped"}})
        for syncer in self._player_jobs.syncers():
            syncer.check_clock |= abs(seconds) > CLOCK_TOLERANCE.total_seconds()
        self._player_jobs.wake_all()

    # Reload

    def _reload_config(self) -> None:
        if self._reload is None:
            return
        notify("RELOADING=1", f"MONOTONIC_USEC={self._clock.monotonic() * 1e6:.0f}")
        self._apply_config(self._reload, "the configuration was reloaded", {"event": "reloaded"})
        notify("READY=1")

    def _reread_secrets(self) -> None:
        again = self._postponed.take("secrets_reloaded")
        facts = {"event": "secrets_reloaded"}
        self._apply_config(lambda: self._reread(again), "changed secrets were read again", facts)

    def _apply_config(self, reload: Callable[[], App | None], done: str, facts: dict[str, str]) -> None:
        """Apply the new configuration if there is one. Keep the old one if the new one is wrong."""
        try:
            app = reload()
            if app is None:
                return
            syncers = self._syncers(app)
            deactivate_unconfigured(app)
            self._notifier.follow(app, notification_services(app.config))
        except (OSError, StoreError) as error:
            self._postponed.add(facts["event"], error)
            return
        except SyncerError as error:
            self._postponed.finish(facts["event"])
            log_rejected(error, is_secret=facts["event"] == "secrets_reloaded")
            return
        self._postponed.finish(facts["event"])
        self._app = app
        self._jobs.forget_errors()
        try_keys(syncers)
        self._schedule_all(syncers, 0.0)
        logger.info("%s", done, extra={"facts": facts})

    # Shutdown

    def _shut_down(self) -> None:
        """Wait for the jobs, but less long than a service manager waits for us."""
        self._notifier.stop()
        if not self._player_jobs.shut_down(SHUTDOWN_TIMEOUT):
            logger.warning("a run did not end in time; the next start marks it as interrupted")
        self._notifier.join(DELIVERY_GRACE)
