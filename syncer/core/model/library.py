"""What else the site tells about a player and about games, as values (site-api.md 5.3 to 5.8)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .progress import GameId, UnparsableEntry

MAX_PLAYED_PER_PAGE = 500  # rows of one page of played games that may be asked for (site-api.md 5.3)
MAX_UNLOCKS_PER_PAGE = 500  # rows of one answer about unlocks; the rest is silently cut (site-api.md 5.8)


class AwardKind(StrEnum):
    """The highest award that a player has for a game, the best one first."""

    MASTERED = "mastered"
    COMPLETED = "completed"
    BEATEN_HARDCORE = "beaten-hardcore"
    BEATEN_SOFTCORE = "beaten-softcore"


@dataclass(frozen=True, slots=True)
class GameInfo:
    """What a game is called. Texts may be empty; null `console_id`: the answer named only the console.

    `icon_path` is relative to the site (site-api.md section 9); empty where what was sent is no such path.
    """

    game_id: GameId
    title: str
    console_id: int | None
    console_name: str
    icon_path: str


@dataclass(frozen=True, slots=True)
class ConsoleInfo:
    """A console; hubs and events are ones that are no game systems."""

    console_id: int
    name: str
    active: bool
    is_game_system: bool


@dataclass(frozen=True, slots=True)
class PlayedGame:
    """One row of the played games. `num_awarded` includes the hardcore part.

    `most_recent_awarded_at` is of the latest first unlock: redoing one in hardcore does not move it. Null
    moments: never, or not told.
    """

    game_id: GameId
    title: str
    console_id: int
    console_name: str
    icon_path: str
    max_possible: int
    num_awarded: int
    num_awarded_hardcore: int
    most_recent_awarded_at: datetime | None = None
    award_kind: AwardKind | None = None
    award_at: datetime | None = None

    @property
    def award_only(self) -> bool:
        """Here for its award alone (a small or demoted set): its zeros say nothing about progress."""
        return self.max_possible == 0

    @property
    def info(self) -> GameInfo:
        return GameInfo(self.game_id, self.title, self.console_id, self.console_name, self.icon_path)


@dataclass(frozen=True, slots=True)
class CompletionPage:
    """A page of the played games, the most recent unlock first: an unlock meanwhile moves the pages.

    `total` counts the whole list, not this page. `date`: the answer's Date header; `at`: when it had been
    read to the end, by our clock.
    """

    total: int
    games: tuple[PlayedGame, ...]
    unreadable: tuple[UnparsableEntry, ...] = ()
    date: datetime | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class GameList:
    """The games of one console, by title. `at`: when it had been read to the end, by our clock."""

    games: tuple[GameInfo, ...]
    unreadable: tuple[UnparsableEntry, ...] = ()
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Unlock:
    """One achievement that was earned, at the only moment that the site shows (UTC).

    The hardcore moment where there is one: a casual unlock that is redone moves away from its old date.
    """

    achievement_id: int
    game_id: GameId
    title: str
    points: int
    hardcore: bool
    unlocked_at: datetime


@dataclass(frozen=True, slots=True)
class SourcedUnlock:
    """An unlock and how it became known: `backfill`, `seen` or `repaired`."""

    unlock: Unlock
    source: str


@dataclass(frozen=True, slots=True)
class GameUnlocks:
    """All that a player has in one game. Casual and hardcore where the two moments differ.

    `at`: when the answer had been read to the end, by our clock.
    """

    info: GameInfo
    rows: tuple[Unlock, ...]
    at: datetime | None = None

    def counts(self) -> tuple[int, int]:
        """Achievements, and those in hardcore: as the looks count them."""
        return len({row.achievement_id for row in self.rows}), sum(row.hardcore for row in self.rows)


@dataclass(frozen=True, slots=True)
class UnlockPage:
    """The unlocks of a window, the oldest first. `games`: what their games are called, each once.

    `date`: the answer's Date header; `at`: when it had been read to the end, by our clock.
    """

    rows: tuple[Unlock, ...]
    unreadable: tuple[UnparsableEntry, ...] = ()
    games: tuple[GameInfo, ...] = ()
    date: datetime | None = None
    at: datetime | None = None

    @property
    def is_truncated(self) -> bool:
        """There may be more: ask again from the last moment on, and take each achievement once."""
        return len(self.rows) + len(self.unreadable) >= MAX_UNLOCKS_PER_PAGE


@dataclass(frozen=True, slots=True)
class Window:
    """What one answer about unlocks says all of: from `begin` to `end`, both included, in whole seconds.

    `next`: where to go on; None: all is known up to the end. `cut`: a second with more than an answer holds.
    """

    begin: datetime
    end: datetime
    next: datetime | None
    is_truncated: bool = False


@dataclass(frozen=True, slots=True)
class StoredUnlock:
    """An unlock that we know already."""

    achievement_id: int
    hardcore: bool
    unlocked_at: datetime
