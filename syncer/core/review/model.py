"""What a review says, as values; times are UTC, days are those of the reader's zone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from syncer.core.model.library import AwardKind
from syncer.core.model.progress import GameId
from syncer.core.polling.hours import Played

from .period import Period


@dataclass(frozen=True, slots=True)
class Tally:
    """A number of achievements, and their points."""

    achievements: int = 0
    points: int = 0


NONE = Tally()


def sum_of(parts: Iterable[Tally]) -> Tally:
    """Return several numbers together."""
    found = list(parts)
    return Tally(sum(one.achievements for one in found), sum(one.points for one in found))


@dataclass(frozen=True, slots=True)
class Reached:
    """A game that was mastered, completed or beaten. `title` None: unknown.

    `at`: by the site if `is_exact`, else when a poll first showed it. `has_page`: it is or was followed.
    """

    game_id: GameId
    title: str | None
    console_name: str | None
    kind: AwardKind
    at: datetime
    is_exact: bool
    has_page: bool


@dataclass(frozen=True, slots=True)
class PeriodSums:
    """What was unlocked on each day with an unlock, each achievement once; and what was reached."""

    days: Mapping[date, Tally] = field(default_factory=dict)
    reached: Sequence[Reached] = ()

    @property
    def total(self) -> Tally:
        return sum_of(self.days.values())

    def count(self, *kinds: AwardKind) -> int:
        """Return how many games reached one of the kinds."""
        return sum(one.kind in kinds for one in self.reached)


@dataclass(frozen=True, slots=True)
class Modes:
    """What was unlocked in each mode. `hardcore`: also what had been unlocked in softcore.

    `softcore`: what was not unlocked in hardcore by the end of the period. `upgraded`: the part of `hardcore`
    that was unlocked in softcore before the period. So total = hardcore - upgraded + softcore.
    """

    hardcore: Tally = NONE
    softcore: Tally = NONE
    upgraded: Tally = NONE


@dataclass(frozen=True, slots=True)
class OfConsole:
    """What was unlocked on a console, in how many games. `name` None: the console is unknown."""

    name: str | None
    unlocked: Tally
    games: int


@dataclass(frozen=True, slots=True)
class OfGame:
    """What was unlocked in a game. `title` None: unknown. `has_page`: it is or was followed."""

    game_id: GameId
    title: str | None
    unlocked: Tally
    has_page: bool


@dataclass(frozen=True, slots=True)
class Unlocked:
    """All that is made from unlocks. `hours`: the achievements of each hour of the day, from 0 to 23.

    `games`: those with the most points, the best one first.
    """

    modes: Modes
    hours: tuple[int, ...]
    consoles: Sequence[OfConsole]
    games: Sequence[OfGame]

    @property
    def game_count(self) -> int:
        return sum(console.games for console in self.consoles)


@dataclass(frozen=True, slots=True)
class RevisedSet:
    """A set that was revised after something in it had been unlocked. `revisions`: how often.

    `before`, `after`: its achievements. `was_full`: all of them were unlocked before one of the revisions.
    """

    game_id: GameId
    title: str | None
    revisions: int
    before: int
    after: int
    last_at: datetime
    was_full: bool


@dataclass(frozen=True, slots=True)
class Gaps:
    """The times within a period in which the account was not polled as promised."""

    count: int = 0
    length: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a period. `unlocks_until`: up to when unlocks were read; None: never.

    `polled_since`: the first poll of the account; None: there was none. `gaps`: those within the period.
    """

    unlocks_until: datetime | None
    polled_since: datetime | None
    gaps: Gaps = field(default_factory=Gaps)


@dataclass(frozen=True, slots=True)
class Review:
    """A year or a month of one player. `unlocked` None: its unlocks were not read, so no sum is known.

    `played` None: no play session is known. `revised`: as polls showed it; empty where there were none.
    """

    period: Period
    sums: PeriodSums
    unlocked: Unlocked | None
    played: Played | None
    revised: Sequence[RevisedSet]
    known: Known
