"""All settings, checked and frozen, as the rest of the program uses them."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from syncer.core.formats.text import pluralize
from syncer.core.model.schedule import DailySchedule, IntervalSchedule
from syncer.core.notifications.model import MessageKind

from .sources import Sources
from .values import Secret


@dataclass(frozen=True)
class PlayerEntry:
    """A configured player. Requests about the player use `api_username` and `key`."""

    username: str | None
    ulid: str | None
    games: tuple[int, ...]
    api_username: str
    key: Secret
    played: bool = False  # all games that the site lists as played
    unlocks: bool = True  # also the time of each unlock, and the titles of games
    rank: bool = True  # also the account's rank
    sessions: bool = True  # also when games were played

    @property
    def label(self) -> str:
        return self.username or self.ulid or "?"


@dataclass(frozen=True)
class Web:
    """Where the pages are served, and under which further names and path browsers may ask for them."""

    enabled: bool
    host: str
    port: int
    allowed_hosts: tuple[str, ...]
    base_path: str
    trusted_proxies: tuple[str, ...]
    icons: bool


@dataclass(frozen=True)
class Cluster:
    """Whether workers execute the runs, and the schema of their job queue.

    `dead_after`: seconds after which a worker that is silent counts as dead.
    """

    enabled: bool
    queue_schema: str
    dead_after: float


@dataclass(frozen=True)
class ServiceEntry:
    """A service that takes notifications. `name` may be shown and stored, `url` may not."""

    name: str
    url: Secret


@dataclass(frozen=True)
class Config:
    """All settings with their defaults. Durations are in seconds unless they are timedeltas."""

    database_url: Secret
    former_database: Path | None  # of a relative URL, where no other exists (paths.former_database)
    auto_upgrade: bool
    start_timeout: float
    base_url: str
    requests_per_minute: float
    burst: int
    batch_size: int
    timeout: float
    ca_file: str
    proxy: str
    schedule: IntervalSchedule | DailySchedule
    idle_every: timedelta | None  # None: each run polls all games, at the listed times
    play_every: timedelta | None  # None: as often as always
    zone: ZoneInfo | Any
    zone_problem: str  # why `zone` may be another one than the machine's; empty: it is not
    gap_after: timedelta
    jitter: timedelta
    players: tuple[PlayerEntry, ...]  # empty only where nothing is sent; so may be their keys
    owner: PlayerEntry  # whose key [api] holds; without one, the first player
    log_level: str
    log_format: str
    web: Web
    metrics: bool
    ping_url: Secret  # empty: no heartbeat
    services: tuple[ServiceEntry, ...]
    notify_on: frozenset[MessageKind]
    streak_hour: int  # in `zone`
    cluster: Cluster
    warnings: tuple[str, ...]
    files: tuple[Path, ...]  # where settings and secrets were read from
    shown: tuple[tuple[str, Any, str], ...]  # dotted name, value (secrets masked), origin
    sources: Sources = field(repr=False, compare=False)  # to read the secrets again

    @property
    def summary(self) -> str:
        """What is polled, such as: 1 player, 3 games and all played games."""
        ids = sum(len(player.games) for player in self.players)
        played = sum(player.played for player in self.players)
        games = [pluralize(ids, "game")] if ids or not played else []
        if played:
            games.append(f"all played games{f' of {played}' if played < len(self.players) else ''}")
        return f"{pluralize(len(self.players), 'player')}, {' and '.join(games)}"

    def entry_for(self, name: str) -> PlayerEntry:
        """Return the player whose key serves requests about this name or ULID: their own or the owner's."""
        known = (p for p in self.players if name.lower() in [n.lower() for n in (p.username, p.ulid) if n])
        return next(known, self.owner)
