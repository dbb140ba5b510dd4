"""The real product on the simulated site, in virtual time: what the daemon does, without its threads."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from random import Random
from unittest.mock import patch

from syncer.app import App, open_app
from syncer.config import Config
from syncer.config.load import load_text
from syncer.core.errors import ConfigError
from syncer.core.model.player import Player
from syncer.core.model.polling import Search
from syncer.core.model.run import RunReport
from syncer.core.ratelimit.budget import blocked_until
from syncer.core.sync.player_sync import PlayerSync
from syncer.run.jobs import MIN_DELAY, STORE_CAUSES, WAKE_INTERVAL
from syncer.run.startup import prepare_schema, recover_interrupted
from tests.oracle.recording import without_fsync

from .site import MonthSite
from .world import KEY, PLAYER

TEXT = """
database = {{ url = "{url}", auto_upgrade = true }}
api = {{ username = "{player}", key = "{key}", base_url = "http://127.0.0.1:9/API" }}
schedule = {{ every = "15m", jitter = "0s", timezone = "UTC"{more} }}
players = [{{ username = "{player}", games = "played" }}]
"""


def config_of(url: str, *, polls_all: bool) -> Config:
    """Return a configuration with the defaults, or one that polls everything each time."""
    if polls_all:
        try:
            return _load(url, ', idle_every = "15m"')
        except ConfigError:
            pass  # a version that knows no other way
    return _load(url, "")


def _load(url: str, more: str) -> Config:
    return load_text(TEXT.format(url=url, player=PLAYER, key=KEY, more=more), Path("month.toml"), {})


@contextmanager
def recording(site: MonthSite, config: Config) -> Iterator["Product"]:
    """Open the product with a database of the newest schema."""
    with without_fsync(), patch("syncer.api.Transport", site.transport), open_app(config, site.clock) as app:
        prepare_schema(app)
        yield Product(site, app)


EARLY = 20  # one of so many wakes is followed by one that finds nothing


class Product:
    """The product while it records. `early`: runs that were due before the moment that was named for them.

    `fruitless`: begin and end of each search that polled all games, and found nothing that explains the sums.
    """

    def __init__(self, site: MonthSite, app: App) -> None:
        self.site, self.app, self.clock = site, app, site.clock
        self.reports: list[RunReport] = []
        self.early: list[datetime] = []
        self.fruitless: list[tuple[datetime, datetime]] = []
        self._wakes = 0
        self.start()

    def start(self) -> None:
        """Start the process."""
        recover_interrupted(self.app)
        (self.syncer,) = self.app.syncers([], interactive=False, rng=Random(1))
        self.syncer.check_profile = True
        self._watch_searches()

    def _watch_searches(self) -> None:
        store = self.syncer.polling
        end_search = store.end_search

        def watch(player: Player, state: Search, next_check_at: datetime) -> None:
            self.fruitless.append((state.begun_at, self.clock.now()))
            end_search(player, state, next_check_at)

        store.end_search = watch  # type: ignore[method-assign]

    def until(self, end: datetime) -> None:
        """Run what is due until the clock reaches `end`."""
        while self.clock.now() < end:
            self._wake()
            due = min(self._next_wake(), end)
            self._wake_early(due)
            self._pass_until(due)

    def pause(self, end: datetime) -> None:
        """Let time pass without a process, and start one again."""
        self.clock.pass_by((end - self.clock.now()).total_seconds())
        self.start()

    def _pass_until(self, due: datetime) -> None:
        self.clock.pass_by(max(due - self.clock.now(), MIN_DELAY).total_seconds())

    def _wake_early(self, due: datetime) -> None:
        """Wake once between two moments that were named, as the daemon does each 30 seconds: now and then."""
        half = (due - self.clock.now()) / 2
        self._wakes += 1
        if self._wakes % EARLY == 0 and half > WAKE_INTERVAL:
            self._pass_until(self.clock.now() + half)
            if self._wake():
                self.early.append(self.clock.now())

    def _wake(self) -> RunReport | None:
        """Poll what is due, unless the site asked for a wait; return the report of a run."""
        syncer: PlayerSync = self.syncer
        if blocked_until(syncer.source.limiter.read(), self.clock.now()):
            return None
        report = syncer.run_once("schedule", only_due=True)
        if report is not None:
            self.reports.append(report)
            assert report.cause not in STORE_CAUSES, report.error
        return report

    def _next_wake(self) -> datetime:
        """Return when the daemon runs next. It looks each 30 seconds, but until then nothing is due."""
        now = self.clock.now()
        due = self.syncer.next_wake() or now + WAKE_INTERVAL
        blocked = blocked_until(self.syncer.source.limiter.read(), now)
        return max(due, blocked or due, now)
