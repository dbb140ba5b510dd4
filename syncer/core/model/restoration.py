"""What restoration works on: the steps of a game's progress, and its stored unlocks."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from .progress import GameId, Progress

# Achievements and points of all, then both of hardcore: the order of the columns `restored_…`.
Amounts: TypeAlias = tuple[int, int, int, int]
NOTHING: Amounts = (0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Step:
    """A snapshot as a step of a game's progress. `restored` None: a rise that is not decided."""

    id: int
    progress: Progress
    first_seen_at: datetime
    last_seen_at: datetime
    restored: Amounts | None = NOTHING


@dataclass(frozen=True, slots=True)
class KnownUnlock:
    """A stored unlock, gone or not. `first_seen_at`: when we first read it."""

    achievement_id: int
    hardcore: bool
    unlocked_at: datetime
    first_seen_at: datetime
    gone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class UnconfirmedGame:
    """A game with undecided rises. `since`: when the oldest of them began."""

    game_id: GameId
    since: datetime
