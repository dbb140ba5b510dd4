"""The values of the demo world: consoles, games, achievements, accounts, unlocks, awards."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeAlias

from syncer.core.model.progress import GameId

EVENTS = 101  # the console of event games, no game system (site-api.md 5.7)
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
MASTERY, BEATEN = "Mastery/Completion", "Game Beaten"  # the award types that belong to a game (5.10)
PROGRESSION, WIN_CONDITION = "progression", "win_condition"
ADJECTIVES = (
    "Quiet",
    "Brave",
    "Lucky",
    "Second",
    "Hidden",
    "Golden",
    "Swift",
    "Lonely",
    "Patient",
    "Last",
    "Odd",
)
NOUNS = ("Lantern", "Voyage", "Ember", "Compass", "Key", "Harvest", "Mirror", "Crown", "Footstep", "Door")


@dataclass(frozen=True, slots=True)
class Console:
    id: int
    name: str
    active: bool = True
    is_game_system: bool = True


@dataclass(slots=True)
class Achievement:
    """`type`: "progression" or "win_condition", which count for a beaten game, or None."""

    id: int
    points: int
    promoted: bool = True
    type: str | None = None
    title: str = ""

    def __post_init__(self) -> None:
        self.title = self.title or f"{ADJECTIVES[self.id % len(ADJECTIVES)]} {NOUNS[self.id % len(NOUNS)]}"

    @property
    def badge(self) -> str:
        return f"{self.id:06}"


@dataclass(slots=True)
class Game:
    id: GameId
    title: str
    console: str
    achievements: dict[int, Achievement] = field(default_factory=dict)
    deleted: bool = False

    def promoted(self) -> list[Achievement]:
        return [a for a in self.achievements.values() if a.promoted]

    @property
    def icon(self) -> str:
        return f"/Images/{self.id:06}.png"


@dataclass(slots=True)
class Account:
    """`first_name` always resolves; `name` is the display name. `key` is None where there is none."""

    ulid: str
    id: int
    first_name: str
    name: str
    key: str | None = field(repr=False)
    member_since: datetime
    banned: bool = False
    deleted: bool = False
    last_game_id: GameId | None = None


@dataclass(slots=True)
class Unlock:
    """The moments (UTC) at which one player earned one achievement. `hardcore_at` is None: softcore only."""

    at: datetime
    hardcore_at: datetime | None = None

    @property
    def shown_at(self) -> datetime:
        """The only moment that the site shows: it moves with a later hardcore unlock (site-api.md 5.8)."""
        return self.hardcore_at or self.at


@dataclass(slots=True)
class Award:
    """An award; `data` is the game, for the two types that belong to one. `order` -1: hidden."""

    type: str
    data: int
    hardcore: bool
    at: datetime
    order: int = 0


AccountRef: TypeAlias = Account | str  # an account, or anything that resolves to one


@dataclass(frozen=True, slots=True)
class MetricsRow:
    """A row per player and game that a job computes: counts and points, and the latest first unlock.

    Unlocking a softcore achievement again in hardcore does not move `last_unlock_at` (RAWeb:
    app/Platform/Actions/UpdatePlayerGameMetricsAction.php).
    """

    as_tuple: tuple[int, int, int, int] = (0, 0, 0, 0)  # count and points of all, then of hardcore
    last_unlock_at: datetime | None = None
