"""A dead man's switch: a monitoring service is asked while all goes well, and complains when it is not."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import requests

from syncer import __version__
from syncer.core.clock import Clock
from syncer.core.events import Event, RunEnded
from syncer.core.model.run import RunOutcome, RunReport

from .transport import DeadlineGuard, Session, adapter

logger = logging.getLogger("syncer")
MIN_INTERVAL = 60.0  # seconds
TIMEOUT = 10.0  # for the whole of it


@dataclass(frozen=True)
class HeartbeatConfig:
    """Whom to ask (empty: nobody), and whose runs must be good for it. The address is a secret."""

    url: str = field(repr=False)
    players: frozenset[str]
    proxy: str = ""
    ca_file: str = ""


class HeartbeatListener:
    """A listener. `switch`: the one that holds now. A run is never delayed, whatever the service does."""

    def __init__(self, switch: Callable[[], HeartbeatConfig], clock: Clock) -> None:
        self._switch, self._clock = switch, clock
        self._good: dict[str, bool] = {}
        self._next = clock.monotonic()
        self._asking: threading.Thread | None = None
        self._trouble = ""

    def __call__(self, event: Event) -> None:
        if isinstance(event, RunEnded):
            self._good[event.report.player] = succeeded(event.report)
            switch, now = self._switch(), self._clock.monotonic()
            if switch.url and now >= self._next and all(map(self._good.get, switch.players)):
                self._next = now + MIN_INTERVAL
                self._ask_aside(switch)

    def _ask_aside(self, switch: HeartbeatConfig) -> None:
        if self._asking is None or not self._asking.is_alive():
            self._asking = threading.Thread(target=self._ask, args=[switch], name="ping", daemon=True)
            self._asking.start()

    def _ask(self, switch: HeartbeatConfig) -> None:
        """Trouble is told when it begins and when it ends, without the address."""
        trouble = attempt(switch)
        if trouble and trouble != self._trouble:
            logger.warning("the ping was in vain: %s", trouble, extra={"facts": {"event": "ping_failed"}})
        elif self._trouble and not trouble:
            logger.info("the ping works again", extra={"facts": {"event": "ping_recovered"}})
        self._trouble = trouble


def succeeded(report: RunReport) -> bool:
    """Games were looked at, be it not all of them: of single ones `syncer doctor` tells."""
    partly = report.outcome is RunOutcome.PARTIAL and report.targets_seen > 0
    return report.outcome is RunOutcome.OK or partly


def attempt(switch: HeartbeatConfig) -> str:
    """What went wrong; empty: nothing. The answer's body is not read."""
    watchdog = DeadlineGuard()
    with watchdog.limit(TIMEOUT):
        trouble = _outcome(switch, watchdog)
    return f"no answer within {TIMEOUT:g} s" if watchdog.late else trouble  # cut off, a head may seem whole


def _outcome(switch: HeartbeatConfig, watchdog: DeadlineGuard) -> str:
    with Session() as session:
        for scheme in ("http://", "https://"):
            session.mount(scheme, adapter(None, "", watchdog))
        session.trust_env = False
        session.verify = switch.ca_file or True
        session.proxies = {"https": switch.proxy, "http": switch.proxy} if switch.proxy else {}
        session.headers["User-Agent"] = f"ra-syncer/{__version__}"
        try:
            with session.get(switch.url, timeout=TIMEOUT + 1, stream=True, allow_redirects=False) as answer:
                return "" if answer.status_code // 100 == 2 else f"status {answer.status_code}"
        except (requests.RequestException, OSError) as error:
            return type(error).__name__
