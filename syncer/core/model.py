"""The values that cross our walls. All frozen: two equal answers compare equal."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeAlias

GameId: TypeAlias = int
MAX_NUMBER = 2**31 - 1
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Progress:
    """What the API says about one player in one game, now: counts and points (ra-api.md 5.1).

    `num_achieved` and `score_achieved` include the hardcore part; never add the two.
    """

    num_possible_achievements: int
    possible_score: int
    num_achieved: int
    score_achieved: int
    num_achieved_hardcore: int
    score_achieved_hardcore: int

    def numbers(self) -> tuple[int, int, int, int, int, int]:
        return (
            self.num_possible_achievements,
            self.possible_score,
            self.num_achieved,
            self.score_achieved,
            self.num_achieved_hardcore,
            self.score_achieved_hardcore,
        )


NUMBERS = tuple(f.name for f in fields(Progress))  # the six column names


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An entry that is there but cannot be read. `raw`: what was sent, at most 1 kB, without the key."""

    why: str
    raw: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What one GetUserProgress request brought, by the ids that were asked for.

    `extra`: entries nobody asked for (ignored, counted). `date`: the answer's Date header. `at`: when it
    had been read to the end, by our clock.
    """

    games: Mapping[GameId, Progress | Unreadable]
    extra: int = 0
    date: datetime | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """Who a name or ULID is, by GetUserProfile (ra-api.md 5.2). `date`: the answer's Date header.

    Points in hardcore, and in casual mode only; null: not told, or not readable.
    """

    ulid: str
    username: str
    date: datetime | None = None
    total_points: int | None = None
    total_softcore_points: int | None = None


@dataclass(frozen=True, slots=True)
class Player:
    """A player that is bound to a row: known by ULID for ever.

    `added_at`: followed since. `walked_at`: when the listing of played games was last read whole.
    `unlocks_until`: up to when all unlocks are known; null: they are to be read from the start.
    `unlocks_whole_at`: when they were last found to be lacking, so that all of them are read again.
    """

    id: int
    ulid: str
    username: str
    config_name: str | None
    profile_checked_at: datetime | None = None
    gone_at: datetime | None = None
    added_at: datetime = LONG_AGO
    walked_at: datetime | None = None
    unlocks_until: datetime | None = None
    unlocks_whole_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """One player's game that we follow. Null `expected_at`: no believed look yet; `removed_at`: followed."""

    game_id: GameId
    due_at: datetime
    expected_at: datetime | None = None
    misses: int = 0
    interval_seconds: int = 0
    removed_at: datetime | None = None
    source: str = "config"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A stretch: every look from `first_seen_at` to `last_seen_at` saw this progress."""

    id: int
    progress: Progress
    first_seen_at: datetime
    last_seen_at: datetime


class Reason(StrEnum):
    """Why a look was not believed (`rejections.reason`)."""

    SUSPECT_ZERO = "suspect_zero"
    MASS_DROP = "mass_drop"
    HARDCORE_ABOVE_ALL = "hardcore_above_all"
    UNREADABLE = "unreadable"
    MISSING = "missing"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Series:
    """An unbroken series of equal rejected looks that still stands (a row of `rejections`)."""

    id: int
    reason: Reason
    raw: str
    first_seen_at: datetime
    last_seen_at: datetime
    looks: int


@dataclass(frozen=True, slots=True)
class Standing:
    """All that is stored about one target at the moment its next look is judged."""

    target: Target
    open: Snapshot | None = None
    series: Series | None = None


class Verdict(StrEnum):
    NEW = "new"
    SAME = "same"
    CHANGED = "changed"
    RESUMED = "resumed"
    MISSING = "missing"
    UNREADABLE = "unreadable"
    SUSPECT = "suspect"
    FAILED = "failed"  # asked, but no answer came to judge

    @property
    def believed(self) -> bool:
        return self in (Verdict.NEW, Verdict.SAME, Verdict.CHANGED, Verdict.RESUMED)


@dataclass(frozen=True, slots=True)
class Rejection:
    """Evidence to keep. `series`: the id of the row that it continues, or null for a new row."""

    reason: Reason
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
    misses: int
    expected_at: datetime | None = None
    progress: Progress | None = None
    after_gap: bool = False
    rejection: Rejection | None = None
    confirms: int | None = None
    ends: int | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """The decisions on one batch. `refused`: the whole answer was not recorded, and this is kept."""

    at: datetime
    decisions: tuple[Decision, ...] = ()
    refused: Rejection | None = None


class RunOutcome(StrEnum):
    OK = "ok"
    PARTIAL = "partial"
    FAILED = "failed"
    DEFERRED = "deferred"
    INTERRUPTED = "interrupted"
    RUNNING = "running"


@dataclass(frozen=True, slots=True)
class RunReport:
    """How one run ended. Null `run_id`: nothing was due, or the run could not be opened."""

    player: str
    outcome: RunOutcome
    exit_code: int
    run_id: int | None = None
    targets_asked: int = 0
    targets_seen: int = 0
    snapshots_added: int = 0
    requests: int = 0
    error: str = ""
    hint: str = ""
    verdicts: Mapping[Verdict, int] = field(default_factory=dict)
    cause: str = ""  # the name of the error's class
