"""The values that the oracle compares: unlocks as the site shows them, answers, and accepted changes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

from syncer.core.formats.ra_json import FIELDS

Numbers: TypeAlias = tuple[int, ...]  # the six of GetUserProgress, in the order of FIELDS
POLLS = ("GetUserProgress", "GetUserRecentlyPlayedGames")  # the endpoints whose answers hold the numbers
POSSIBLE, POSSIBLE_SCORE, ACHIEVED, SCORE, HARDCORE, HARDCORE_SCORE = range(len(FIELDS))


class Row(NamedTuple):
    """One achievement unlocked in one mode, with the date that the site shows."""

    game: int
    achievement: int
    hardcore: bool
    date: datetime


class Award(NamedTuple):
    """The highest award of one game, as the listing shows it."""

    game: int
    kind: str
    date: datetime


@dataclass(frozen=True, slots=True)
class Period:
    """The time in which the site showed something. `until` None: it still does."""

    since: datetime
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer that left the site. `data` is what was sent; `lies` are those that changed it.

    `totals`: the hardcore and softcore points that GetUserProfile would have answered at that moment.
    """

    at: datetime
    player: str
    endpoint: str
    data: Any = field(repr=False)
    lies: tuple[str, ...]
    totals: tuple[int, int]

    def numbers(self) -> dict[int, Numbers]:
        """Return the numbers of each game that a poll answered."""
        return {
            game: tuple(entry[name] for name in FIELDS) for game, entry in entries(self.endpoint, self.data)
        }


def entries(endpoint: str, data: Any) -> Iterator[tuple[int, dict[str, int]]]:
    """Yield each game of a poll's answer with its numbers by name; nothing of other answers."""
    if endpoint == POLLS[0] and isinstance(data, dict):
        yield from ((int(game), entry) for game, entry in data.items())
    elif endpoint == POLLS[1] and isinstance(data, list):
        yield from ((row["GameID"], row) for row in data)


@dataclass(frozen=True, slots=True)
class Change:
    """Accepted numbers of one game that differ from those before. `rows`: the unlocks that they counted.

    `before` is None for the first. `after_gap`: the poll came later than promised.
    """

    at: datetime
    game: int
    before: Numbers | None
    after: Numbers
    rows_before: frozenset[Row]
    rows: frozenset[Row]
    after_gap: bool

    def delta(self, index: int) -> int:
        assert self.before is not None
        return self.after[index] - self.before[index]
