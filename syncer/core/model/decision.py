"""Snapshots, and the decision about one poll of one target."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .player import Target
from .progress import GameId, Progress


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A stretch: every look from `first_seen_at` to `last_seen_at` saw this progress."""

    id: int
    progress: Progress
    first_seen_at: datetime
    last_seen_at: datetime


class RejectionReason(StrEnum):
    """Why a look was not believed (`rejections.reason`)."""

    SUSPECT_ZERO = "suspect_zero"
    MASS_DROP = "mass_drop"
    HARDCORE_ABOVE_ALL = "hardcore_above_all"
    UNPARSABLE = "unparsable"
    MISSING = "missing"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class RejectionStreak:
    """An unbroken series of equal rejected looks that still stands (a row of `rejections`)."""

    id: int
    reason: RejectionReason
    raw: str
    first_seen_at: datetime
    last_seen_at: datetime
    poll_count: int


@dataclass(frozen=True, slots=True)
class TargetState:
    """All that is stored about one target at the moment its next look is judged."""

    target: Target
    open: Snapshot | None = None
    series: RejectionStreak | None = None


class Verdict(StrEnum):
    NEW = "new"
    SAME = "same"
    CHANGED = "changed"
    RESUMED = "resumed"
    MISSING = "missing"
    UNPARSABLE = "unparsable"
    SUSPECT = "suspect"
    FAILED = "failed"  # asked, but no answer came to judge

    @property
    def is_accepted(self) -> bool:
        return self in (Verdict.NEW, Verdict.SAME, Verdict.CHANGED, Verdict.RESUMED)


@dataclass(frozen=True, slots=True)
class Rejection:
    """Evidence to keep. `series`: the id of the row that it continues, or null for a new row."""

    reason: RejectionReason
    raw: str
    series: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do about one target. Null `expected_at`: leave the stored promise as it is.

    `confirms` and `ends`: the ids of the series that a believed look makes true, or disproves.
    """

    game_id: GameId
    verdict: Verdict
    at: datetime
    due_at: datetime
    failures: int
    expected_at: datetime | None = None
    progress: Progress | None = None
    after_gap: bool = False
    rejection: Rejection | None = None
    confirms: int | None = None
    ends: int | None = None


@dataclass(frozen=True, slots=True)
class BatchDecision:
    """The decisions on one batch. `refused`: the whole answer was not recorded, and this is kept."""

    at: datetime
    decisions: tuple[Decision, ...] = ()
    refused: Rejection | None = None
