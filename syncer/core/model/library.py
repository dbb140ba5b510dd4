"""A player's library and unlocks, and facts about games, as the API returns them (site-api.md 5.3 to 5.8)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .account import ListedAward
from .progress import GameId, UnparsableEntry

MAX_PLAYED_PER_PAGE = 500  # rows of one page of played games (site-api.md 5.3)
EVENT_CONSOLES = {
    100: "Hubs",
    101: "Events",
}  # no game systems: totals leave their games out (site-api.md 5.7)
MAX_UNLOCKS_PER_PAGE = 500  # rows of one answer; the site leaves out the rest (site-api.md 5.8)


class AwardKind(StrEnum):
    """The highest award that a player has for a game, the best one first."""

    MASTERED = "mastered"
    COMPLETED = "completed"
    BEATEN_HARDCORE = "beaten-hardcore"
    BEATEN_SOFTCORE = "beaten-softcore"


@dataclass(frozen=True, slots=True)
class GameInfo:
    """A game's title, console and icon. Texts may be empty; `console_id` None: only its name was sent.

    `icon_path` is relative to the site (site-api.md section 9); empty where no such path was sent.
    `num_achievements`, `points`: of its set, in the list of a console only.
    """

    game_id: GameId
    title: str
    console_id: int | None
    console_name: str
    icon_path: str
    num_achievements: int | None = None
    points: int | None = None


@dataclass(frozen=True, slots=True)
class GameTitle:
    """When a tracked game's title was last read, or requested without a result; None: never requested."""

    game_id: GameId
    console_id: int | None = None
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ConsoleInfo:
    """A console. Hubs and events are listed as consoles that are no game systems."""

    console_id: int
    name: str
    active: bool
    is_game_system: bool


@dataclass(frozen=True, slots=True)
class PlayedGame:
    """One row of the played games. `num_awarded` includes the hardcore part.

    `most_recent_awarded_at`: the latest first unlock; an unlock repeated in hardcore does not change it. A
    moment is None where there is none, or none was sent; a count where it could not be read. `award_kind`: an
    AwardKind, or a text that this version does not know; None: no award, if `is_award_known`.
    """

    game_id: GameId
    title: str
    console_id: int | None
    console_name: str
    icon_path: str
    max_possible: int | None
    num_awarded: int | None
    num_awarded_hardcore: int | None
    most_recent_awarded_at: datetime | None = None
    award_kind: str | None = None
    award_at: datetime | None = None
    is_award_known: bool = True

    @property
    def award_only(self) -> bool:
        """Whether it is listed for its award alone (a small or demoted set): its zeros are no progress."""
        return self.max_possible == 0

    @property
    def award(self) -> ListedAward:
        """The highest award; the lower ones are unknown."""
        return ListedAward(self.game_id, self.award_kind, self.award_at)

    @property
    def info(self) -> GameInfo:
        return GameInfo(self.game_id, self.title, self.console_id, self.console_name, self.icon_path)


@dataclass(frozen=True, slots=True)
class CompletionPage:
    """A page of the played games, the most recent unlock first: a new unlock moves rows between pages.

    `total` counts the whole list, not this page; None: it could not be read. `date`: the Date header. `at`:
    when the response had been read to the end, by our clock.
    """

    total: int | None
    games: tuple[PlayedGame, ...]
    unreadable: tuple[UnparsableEntry, ...] = ()
    date: datetime | None = None
    at: datetime | None = None

    @property
    def rows(self) -> int:
        """How many rows came, those that cannot be parsed included."""
        return len(self.games) + len(self.unreadable)


@dataclass(frozen=True, slots=True)
class GameList:
    """The games of one console, by title. `at`: when the response had been read to the end, by our clock."""

    games: tuple[GameInfo, ...]
    unreadable: tuple[UnparsableEntry, ...] = ()
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ConsoleList:
    """All consoles of the site."""

    consoles: tuple[ConsoleInfo, ...]
    unreadable: tuple[UnparsableEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Unlock:
    """One achievement that was earned, at the only moment that the site returns (UTC).

    That is the hardcore moment where there is one: a softcore unlock that is repeated in hardcore loses its
    old date. `title` empty, `points` None: it could not be read.
    """

    achievement_id: int
    game_id: GameId
    title: str
    points: int | None
    hardcore: bool
    unlocked_at: datetime


@dataclass(frozen=True, slots=True)
class SourcedUnlock:
    """An unlock and how it became known: `backfill`, `seen` or `repaired`."""

    unlock: Unlock
    source: str


@dataclass(frozen=True, slots=True)
class GameUnlocks:
    """All unlocks of a player in one game; softcore and hardcore where the two moments differ.

    `unreadable`: earned achievements that cannot be parsed. `at`: when the response had been read to the end,
    by our clock. `award`: the highest award of the game; None: the answer does not tell it. `playtime`: how
    many seconds the game was played in all, by the site; None: not sent, or not readable.
    """

    info: GameInfo
    rows: tuple[Unlock, ...]
    at: datetime | None = None
    unreadable: tuple[UnparsableEntry, ...] = ()
    award: ListedAward | None = None
    playtime: int | None = None

    def counts(self) -> tuple[int, int]:
        """Return how many achievements are unlocked, and how many in hardcore, as snapshots count them."""
        # A set: NumAchieved counts an achievement of both modes once (site-api.md 5.1).
        return len({row.achievement_id for row in self.rows}), sum(row.hardcore for row in self.rows)


@dataclass(frozen=True, slots=True)
class UnlockPage:
    """The unlocks of a window, the oldest first. `games`: their games, each once.

    `date`: the Date header. `at`: when the response had been read to the end, by our clock. `last_at`: the
    newest date in the answer, also of a row that cannot be parsed otherwise.
    """

    rows: tuple[Unlock, ...]
    unreadable: tuple[UnparsableEntry, ...] = ()
    games: tuple[GameInfo, ...] = ()
    date: datetime | None = None
    at: datetime | None = None
    last_at: datetime | None = None

    @property
    def is_truncated(self) -> bool:
        """Whether there may be more: then the next window begins at the last moment of this one."""
        # Entries that cannot be parsed count, too: they took up room in the answer.
        return len(self.rows) + len(self.unreadable) >= MAX_UNLOCKS_PER_PAGE


@dataclass(frozen=True, slots=True)
class Window:
    """The time that one answer about unlocks covers completely: `begin` to `end`, both included.

    In whole seconds. `next`: where the next window begins; None: there is none. `is_truncated`: one second
    holds more unlocks than an answer can.
    """

    begin: datetime
    end: datetime
    next: datetime | None
    is_truncated: bool = False


@dataclass(frozen=True, slots=True)
class StoredUnlock:
    """An unlock that is stored. `gone_at` None: the site returned it when it was last read."""

    achievement_id: int
    hardcore: bool
    unlocked_at: datetime
    gone_at: datetime | None = None
    game_id: GameId = 0
    points: int = 0
    title: str = ""
