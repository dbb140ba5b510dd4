"""The values that cross our walls. All frozen: two equal answers compare equal."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import TypeAlias

GameId: TypeAlias = int
MAX_NUMBER = 2**31 - 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Progress:
    """What the API says about one player in one game, now: counts and points (site-api.md 5.1).

    `num_achieved` and `score_achieved` include the hardcore part; never add the two.
    """

    num_possible_achievements: int
    possible_score: int
    num_achieved: int
    score_achieved: int
    num_achieved_hardcore: int
    score_achieved_hardcore: int

    def as_tuple(self) -> tuple[int, int, int, int, int, int]:
        return (
            self.num_possible_achievements,
            self.possible_score,
            self.num_achieved,
            self.score_achieved,
            self.num_achieved_hardcore,
            self.score_achieved_hardcore,
        )


PROGRESS_COLUMNS = tuple(f.name for f in fields(Progress))  # the six column names


@dataclass(frozen=True, slots=True)
class UnparsableEntry:
    """An entry that is there but cannot be read. `raw`: what was sent, at most 1 kB, without the key."""

    message: str
    raw: str


@dataclass(frozen=True, slots=True)
class ProgressResponse:
    """What one GetUserProgress request brought, by the ids that were asked for.

    `extra`: entries nobody asked for (ignored, counted). `date`: the answer's Date header. `at`: when it
    had been read to the end, by our clock.
    """

    games: Mapping[GameId, Progress | UnparsableEntry]
    extra: int = 0
    date: datetime | None = None
    at: datetime | None = None
