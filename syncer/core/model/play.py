"""What a player played last, as the API returns it (site-api.md 5.12), and the sessions made from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from .library import GameInfo
from .progress import GameId, Progress, UnparsableEntry

MAX_RECENT_PER_PAGE = 50  # rows of one page; the site lowers a greater count without an error


@dataclass(frozen=True, slots=True)
class RecentGame:
    """A game that was played, with the same six numbers as GetUserProgress.

    `last_played_at`: by the site, which may move it back; None: no session is known, or none was sent.
    `achievements_total`: of the set; None: it has none, or none was sent.
    """

    info: GameInfo
    progress: Progress
    last_played_at: datetime | None = None
    achievements_total: int | None = None

    @property
    def game_id(self) -> GameId:
        return self.info.game_id


@dataclass(frozen=True, slots=True)
class RecentPage:
    """A page of the games that were played, the newest first; equal moments have no fixed order.

    Playing moves rows between pages: count each game once, and do not take a missing one for gone. `date`:
    the Date header. `at`: when the response had been read to the end, by our clock.
    """

    games: tuple[RecentGame, ...]
    unreadable: tuple[UnparsableEntry, ...] = ()
    date: datetime | None = None
    at: datetime | None = None

    @property
    def rows(self) -> int:
        """How many rows came, those that cannot be parsed included; fewer than requested: the last page."""
        return len(self.games) + len(self.unreadable)


@dataclass(frozen=True, slots=True)
class Probe:
    """When the pages of recently played games were read; all moments by the site's clock.

    `previous_at`: of the probe before; None: there was none, so that this one is a baseline. `after_gap`: the
    account was not polled as promised just before. `is_whole`: the rows contain every game that was played
    since the previous probe.
    """

    at: datetime
    previous_at: datetime | None
    after_gap: bool = False
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class PlaySession:
    """A time in which a game was played; its begin lies between `started_after` and `started_before`.

    `started_before`, `ended_at`: the first and the last time that the site named. `is_open`: it may go on.
    `after_gap`: the account was not polled as promised before the probe that found it.
    """

    game_id: GameId
    started_after: datetime
    started_before: datetime
    ended_at: datetime
    is_open: bool = True
    after_gap: bool = False


@dataclass(frozen=True, slots=True)
class PlayDecision:
    """What a probe changes. `dates`: when games were played last, where that moved, in either direction.

    `opened`: new sessions. `changed`: stored ones that were extended or closed, as they are now.
    """

    dates: Mapping[GameId, datetime] = field(default_factory=dict)
    opened: tuple[PlaySession, ...] = ()
    changed: tuple[PlaySession, ...] = ()


@dataclass(frozen=True, slots=True)
class Playtime:
    """How long a game was played in all, by the site: every answer between the two moments said so."""

    seconds: int
    first_seen_at: datetime
    last_seen_at: datetime
