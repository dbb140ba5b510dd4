"""Sums of stored unlocks beside the account's totals, and what explains a difference."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from .progress import GameId

PlayerNumbers = tuple[int, ...]  # the player's four of the six numbers; none: the game is not followed


@dataclass(frozen=True, slots=True)
class Points:
    """Points of unlocks. `softcore`: of achievements that have no hardcore unlock."""

    hardcore: int
    softcore: int

    def minus(self, other: "Points") -> "Points":
        return Points(self.hardcore - other.hardcore, self.softcore - other.softcore)

    def plus(self, other: "Points") -> "Points":
        return Points(self.hardcore + other.hardcore, self.softcore + other.softcore)


NO_POINTS = Points(0, 0)


@dataclass(frozen=True, slots=True)
class UnlockSums:
    """The account's points at a moment, and the least and the most that the stored unlocks were worth then.

    The site counts an unlock some time after it lists it, and one may claim an earlier date: so what was
    unlocked or read around that moment may count, or not.
    """

    at: datetime
    site: Points
    least: Points
    most: Points


@dataclass(frozen=True, slots=True)
class SumCheck:
    """One comparison. `residual`: the difference, if a reading of all unlocks has left it."""

    at: datetime
    site: Points
    ours: Points
    residual: Points | None = None

    @property
    def difference(self) -> Points:
        return self.site.minus(self.ours)


@dataclass(frozen=True, slots=True)
class CheckHistory:
    """The comparisons so far. `newest`: as it is stored, `at` the last time that it was found.

    `since`: the first one of those in a row, up to the newest, that differ by more than a known residual.
    `residual`: the last one since both sums agreed. None: there is none.
    """

    newest: SumCheck | None = None
    since: datetime | None = None
    residual: Points | None = None


NO_CHECKS = CheckHistory()


@dataclass(frozen=True, slots=True)
class DifferingGame:
    """A game of which all unlocks are to be read.

    `missing`: the points of its newest snapshot without those of its unlocks; None: they agree, or it is not
    followed. `numbers`: the player's part of that snapshot. `wanted_since`: when a hardcore unlock was first
    read whose softcore unlock was stored before, or the counts of a game with an award fell. `synced_at`:
    when all of its unlocks were last stored.
    """

    game_id: GameId
    numbers: PlayerNumbers = ()
    missing: Points | None = None
    wanted_since: datetime | None = None
    synced_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class GameReading:
    """The last reading of a game that differed. `count`: readings with these numbers that did not mend it.

    0: it was settled; that is kept for games that are not followed.
    """

    numbers: PlayerNumbers
    count: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ListReading:
    """What is left of a reading of all unlocks."""

    begin: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class UnlockStatus:
    """What is known about a player's unlocks, by which it is decided what is read again.

    `sums` None: the totals are not known, or older than the unlocks. `list_reading`: it is under way.
    `list_begun_at`: when one began because of a difference. `list_ended_at`: also of the first backfill.
    `drop_accepted_at`: when games that fell to zero together were last accepted as they are.
    """

    sums: UnlockSums | None = None
    checks: CheckHistory = NO_CHECKS
    games: tuple[DifferingGame, ...] = ()
    readings: Mapping[GameId, GameReading] = field(default_factory=dict)
    list_reading: ListReading | None = None
    list_begun_at: datetime | None = None
    list_ended_at: datetime | None = None
    drop_accepted_at: datetime | None = None
