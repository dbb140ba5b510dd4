"""What a player played last, as the API returns it (site-api.md 5.12)."""

from dataclasses import dataclass
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
