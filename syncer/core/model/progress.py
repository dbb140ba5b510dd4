"""The progress of one player in one game. All values are frozen: equal answers compare equal."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, TypeAlias

GameId: TypeAlias = int
# A greater number is a fault (site-api.md section 13, 7) and does not fit into PostgreSQL's integer.
MAX_NUMBER = 2**31 - 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Progress(NamedTuple):
    """Counts and points of one player in one game, as the API returns them (site-api.md 5.1).

    `num_achieved` and `score_achieved` include the hardcore part; never add the two. A tuple, because
    thousands are compared with stored rows.
    """

    num_possible_achievements: int
    possible_score: int
    num_achieved: int
    score_achieved: int
    num_achieved_hardcore: int
    score_achieved_hardcore: int

    def as_tuple(self) -> tuple[int, int, int, int, int, int]:
        return (*self,)


PROGRESS_COLUMNS = Progress._fields  # the six column names


@dataclass(frozen=True, slots=True)
class UnparsableEntry:
    """An entry that cannot be parsed. `raw`: what was sent, at most 1 kB, without the key."""

    message: str
    raw: str


@dataclass(frozen=True, slots=True)
class ProgressResponse:
    """The response to one GetUserProgress request, by requested id.

    `extra`: how many entries were not requested; they are ignored. `date`: the Date header. `at`: when the
    response had been read to the end, by our clock.
    """

    games: Mapping[GameId, Progress | UnparsableEntry]
    extra: int = 0
    date: datetime | None = None
    at: datetime | None = None
