"""What everybody works with: all settings, checked and frozen."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from syncer.core.formats.text import pluralize
from syncer.core.model.schedule import DailySchedule, IntervalSchedule
from syncer.core.notifications.model import MessageKind

from .values import Secret


@dataclass(frozen=True)
class PlayerEntry:
    """A configured player. `key` and `api_username` are those its requests are made with."""

    username: str | None
    ulid: str | None
    games: tuple[int, ...]
    api_username: str
    key: Secret
    played: bool = False  # all played games, too
    unlocks: bool = True  # also when each achievement was unlocked, and what the games are called

    @property
    def label(self) -> str:
        return self.username or self.ulid or "?"


@dataclass(frozen=True)
class Web:
    """Where the pages are served, and by which other names a browser may call them."""

    enabled: bool
    host: str
    port: int
    allowed_hosts: tuple[str, ...]
    icons: bool


@dataclass(frozen=True)
class ServiceEntry:
    """Where messages go. `name`: as it may be shown and stored."""

    name: str
    url: Secret


@dataclass(frozen=True)
class Config:
    """All settings, effective. Durations in seconds unless they are timedeltas."""

    database_url: Secret
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
    zone: ZoneInfo | Any
    gap_after: timedelta
    jitter: timedelta
    players: tuple[PlayerEntry, ...]
    owner: PlayerEntry  # of [api]'s key; without one, the first player
    log_level: str
    log_format: str
    web: Web
    metrics: bool
    ping_url: Secret  # empty: none
    services: tuple[ServiceEntry, ...]
    notify_on: frozenset[MessageKind]
    warnings: tuple[str, ...]
    files: tuple[Path, ...]  # where settings and secrets were read from
    shown: tuple[tuple[str, Any, str], ...]  # name, value (masked), origin

    @property
    def followed(self) -> str:
        """1 player, 3 games and all played games."""
        typed = sum(len(player.games) for player in self.players)
        played = sum(player.played for player in self.players)
        games = [pluralize(typed, "game")] if typed or not played else []
        if played:
            games.append(f"all played games{f' of {played}' if played < len(self.players) else ''}")
        return f"{pluralize(len(self.players), 'player')}, {' and '.join(games)}"

    def entry_for(self, name: str) -> PlayerEntry:
        """With whose key to ask about this name or ULID: the player's own, for anybody else the owner's."""
        known = (p for p in self.players if name.lower() in [n.lower() for n in (p.username, p.ulid) if n])
        return next(known, self.owner)
