"""What the site tells of played games and unlocks. All frozen; times are aware and UTC."""

from dataclasses import dataclass
from datetime import datetime

from .model import GameId


@dataclass(frozen=True, slots=True)
class GameFacts:
    """What a game is called. Null: the answer did not tell."""

    game_id: GameId
    title: str
    console_id: int | None = None
    console_name: str | None = None
    icon_path: str | None = None


@dataclass(frozen=True, slots=True)
class PlayedGame:
    """One entry of GetUserCompletionProgress (ra-api.md 5.3). Its counts are no progress: see there."""

    game_id: GameId
    title: str
    console_id: int | None = None
    console_name: str | None = None
    icon_path: str | None = None
    max_possible: int = 0
    num_awarded: int = 0
    num_awarded_hardcore: int = 0
    most_recent_awarded_at: datetime | None = None
    award_kind: str | None = None
    award_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CompletionPage:
    total: int
    games: tuple[PlayedGame, ...]


@dataclass(frozen=True, slots=True)
class Unlock:
    """One row of GetAchievementsEarnedBetween (ra-api.md 5.8). No description: that is not ours to keep."""

    achievement_id: int
    game_id: GameId
    title: str
    points: int
    hardcore: bool
    unlocked_at: datetime
    game: GameFacts | None = None
