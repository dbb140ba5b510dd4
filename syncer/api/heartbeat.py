"""The heartbeat: a monitoring service is pinged while all goes well, and raises the alarm when pings stop."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import requests

from syncer.core.clock import Clock
from syncer.core.errors import SyncerError
from syncer.core.events import Event, PlannerAlive, RunEnded
from syncer.core.model.run import RunOutcome, RunReport

from .connections import ConnectionRules
from .deadline_guard import DeadlineGuard
from .transport import open_session

logger = logging.getLogger("syncer")
MIN_INTERVAL = 60.0  # seconds between two pings
EARLY = 5.0  # seconds by which an event of a scheduler may come too early
TIMEOUT = 10.0  # seconds for a whole ping


@dataclass(frozen=True)
class HeartbeatConfig:
    """The address to ping (a secret; empty: none), and the players whose runs must all succeed."""

    url: str = field(repr=False)
    players: frozenset[str]
    proxy: str = ""
    ca_file: str = ""


class HeartbeatListener:
    """An event handler that pings in a separate thread, so that no run waits for it.

    `config` returns the settings that apply now. `all_well`: whether all goes well with every player; asked
    by the planner of a cluster, which sees no run.
    """

    def __init__(
        self, config: Callable[[], HeartbeatConfig], clock: Clock, all_well: Callable[[], bool] = lambda: True
    ) -> None:
        self._config, self._clock, self._all_well = config, clock, all_well
        self._succeeded: dict[str, bool] = {}
        self._next_at = clock.monotonic()
        self._thread: threading.Thread | None = None
        self._last_failure = ""

    def __call__(self, event: Event) -> None:
        if isinstance(event, RunEnded):
            self._succeeded[event.report.player] = succeeded(event.report)
            self._ping_if_time(lambda config: all(map(self._succeeded.get, config.players)))
        elif isinstance(event, PlannerAlive):
            self._ping_if_time(lambda config: self._is_all_well(), EARLY)

    def _ping_if_time(self, is_well: Callable[[HeartbeatConfig], bool], early: float = 0.0) -> None:
        config, now = self._config(), self._clock.monotonic()
        if config.url and now + early >= self._next_at and is_well(config):
            self._next_at = now + MIN_INTERVAL
            self._start_ping(config)

    def _is_all_well(self) -> bool:
        try:
            return self._all_well()
        except SyncerError:  # the planner logs a database that fails
            return False

    def _start_ping(self, config: HeartbeatConfig) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._ping, args=[config], name="ping", daemon=True)
            self._thread.start()

    def _ping(self, config: HeartbeatConfig) -> None:
        """Ping, and log a failure when it begins and when it ends, without the address."""
        failure = ping(config)
        if failure and failure != self._last_failure:
            logger.warning("heartbeat ping failed: %s", failure, extra={"facts": {"event": "ping_failed"}})
        elif self._last_failure and not failure:
            logger.info("heartbeat ping works again", extra={"facts": {"event": "ping_recovered"}})
        self._last_failure = failure


def succeeded(report: RunReport) -> bool:
    """Return whether games were polled, at least some: `syncer doctor` reports single failing games."""
    partly = report.outcome is RunOutcome.PARTIAL and report.targets_seen > 0
    return report.outcome is RunOutcome.OK or partly


def ping(config: HeartbeatConfig) -> str:
    """Return what went wrong, or an empty text. The answer's body is not read."""
    guard = DeadlineGuard()
    with guard.limit(TIMEOUT):
        failure = _outcome(config, guard)
    return f"no answer within {TIMEOUT:g} s" if guard.late else failure  # a cut answer may seem complete


def _outcome(config: HeartbeatConfig, guard: DeadlineGuard) -> str:
    with open_session(ConnectionRules(guard), config.ca_file, config.proxy) as session:
        try:
            with session.get(config.url, timeout=TIMEOUT + 1, stream=True, allow_redirects=False) as answer:
                return "" if answer.status_code // 100 == 2 else f"status {answer.status_code}"
        except (requests.RequestException, OSError) as error:
            return type(error).__name__
