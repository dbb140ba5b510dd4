"""The real product on the simulated site: configuration, composition root, runs when they are due."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import sqlalchemy as sa

from syncer.app import App, open_app
from syncer.config.load import load_text
from syncer.config.settings import Config
from syncer.core.sync.player_sync import PlayerSync
from syncer.run.startup import prepare_schema
from syncer.web.app.context import Context

from .site import OracleSite

EVERY = {"6h": timedelta(hours=6), "1d": timedelta(days=1)}  # how often a target is polled
MIN_STEP = 5.0  # virtual seconds between two looks at what is due
HEAD = """
[database]
url = "{url}"
auto_upgrade = true
[api]
username = "{owner}"
key = "{key}"
base_url = "http://127.0.0.1:9/API"
requests_per_minute = 60000
burst = 1000
[schedule]
every = "{every}"
jitter = "0s"
timezone = "UTC"
[notify]
urls = ["json://localhost"]
"""


@dataclass(frozen=True)
class Entry:
    """A configured player. `games`: "played", or the followed ids."""

    name: str
    key: str = field(repr=False)
    games: tuple[int, ...] | str
    unlocks: bool = True

    def toml(self) -> str:
        games = f'"{self.games}"' if isinstance(self.games, str) else str(list(self.games))
        lines = [f'username = "{self.name}"', f"games = {games}", f"unlocks = {str(self.unlocks).lower()}"]
        lines += [f'api_username = "{self.name}"', f'api_key = "{self.key}"']
        return "\n".join(["[[players]]", *lines, ""])


def config_of(url: str, entries: Sequence[Entry], every: str) -> Config:
    owner = entries[0]
    head = HEAD.format(url=url, owner=owner.name, key=owner.key, every=every)
    return load_text(head + "".join(entry.toml() for entry in entries), Path("oracle.toml"), {})


@contextmanager
def recording(site: OracleSite, config: Config) -> Iterator["Recording"]:
    """Open the product on the site, with a database of the newest schema."""
    with without_fsync(), patch("syncer.api.Transport", site.transport), open_app(config, site.clock) as app:
        prepare_schema(app)
        yield Recording(site, app)


class Recording:
    """The product while it records. There is no process: `until` runs what is due."""

    def __init__(self, site: OracleSite, app: App) -> None:
        self.site, self.app, self.clock = site, app, site.clock
        self.syncers: list[PlayerSync] = app.syncers([], interactive=False, rng=Random(1))

    def sync(self) -> None:
        """Poll all targets of every player now."""
        for syncer in self.syncers:
            syncer.run_once("test")

    def until(self, end: datetime) -> None:
        """Run what is due, as the daemon does, until the clock reaches `end`."""
        while self.clock.now() < end:
            for syncer in self.syncers:
                syncer.run_once("schedule", only_due=True)
            wakes = [wake for syncer in self.syncers if (wake := syncer.next_wake())]
            wait = (min([*wakes, end]) - self.clock.now()).total_seconds()
            self.clock.pass_by(max(wait, MIN_STEP))

    def pause(self, length: timedelta) -> None:
        """Let time pass without a process."""
        self.clock.pass_by(length.total_seconds())

    def rows(self, query: str, **values: Any) -> list[dict[str, Any]]:
        with self.app.database.reading() as tx:
            return [dict(row) for row in tx.execute(sa.text(query), values).mappings()]

    def context(self) -> Context:
        """Return what the pages need to show this database as of the virtual clock."""
        config = self.app.config
        return Context(self.app.queries, self.clock.now, config.zone, config.gap_after)


@contextmanager
def without_fsync() -> Iterator[None]:
    """Let SQLite leave the writing to the operating system: no test here kills the machine."""

    def relax(connection: Any, record: Any, proxy: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA synchronous = OFF")

    sa.event.listen(sa.Pool, "checkout", relax)
    try:
        yield
    finally:
        sa.event.remove(sa.Pool, "checkout", relax)
