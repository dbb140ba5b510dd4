"""The account as a whole: its totals over time, and its awards."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from .mass_drop import AccountSums
from .progress import GameId

PROFILE_ENDPOINT, RANK_ENDPOINT = "GetUserProfile", "GetUserRankAndScore"
POINTS_ENDPOINT = "GetUserPoints"
NO_POINTS = AccountSums(0, 0)


class Measure(StrEnum):
    """A total of the whole account. Each measure has its own series of snapshots."""

    HARDCORE_POINTS = "hardcore_points"
    SOFTCORE_POINTS = "softcore_points"
    RETRO_POINTS = "retro_points"
    RANK = "rank"


SUMS = (Measure.HARDCORE_POINTS, Measure.SOFTCORE_POINTS)  # in softcore only: both together are all points


@dataclass(frozen=True, slots=True)
class RankAndScore:
    """The account's points and its rank (site-api.md 5.15).

    `rank` None: the site ranks the player not at all, if `is_rank_known`; else it could not be read. An
    unknown player has no points and no rank. `date`: the Date header. `at`: when the response had been read
    to the end, by our clock.
    """

    sums: AccountSums
    rank: int | None
    is_rank_known: bool = True
    total_ranked: int | None = None
    date: datetime | None = None
    at: datetime | None = None

    @property
    def measures(self) -> dict[Measure, int | None]:
        """The measures that the answer contains."""
        return sum_measures(self.sums) | ({Measure.RANK: self.rank} if self.is_rank_known else {})


def sum_measures(sums: AccountSums) -> dict[Measure, int | None]:
    return dict(zip(SUMS, (sums.hardcore, sums.softcore), strict=True))


@dataclass(frozen=True, slots=True)
class AccountPromise:
    """Until when an answer about the account promises the next one, and how much later that is a gap."""

    seconds: int
    gap_after: timedelta


@dataclass(frozen=True, slots=True)
class AccountPoll:
    """How an answer about the account was requested.

    `promised`: until the next such answer. `sums_promised`: until the next one that returns both sums, where
    another request does that earlier. `gap_after`: how much later that may come. `is_proven`: the site has
    said what time it is. `account`: what an accepted answer promises of the account as a whole.
    """

    endpoint: str = PROFILE_ENDPOINT
    run_id: int | None = None
    promised: timedelta = timedelta(days=1)
    gap_after: timedelta = timedelta(minutes=30)
    sums_promised: timedelta | None = None
    is_proven: bool = False
    account: AccountPromise | None = None

    def promised_for(self, measure: Measure) -> timedelta:
        """Return how long after this answer the next one returns the measure."""
        return self.sums_promised if self.sums_promised and measure in SUMS else self.promised


UNPLANNED = AccountPoll()  # of an answer that no run requested


@dataclass(frozen=True, slots=True)
class OpenMeasure:
    """The newest snapshot of a measure."""

    id: int
    measure: Measure
    value: int | None
    first_seen_at: datetime
    last_seen_at: datetime
    promised_seconds: int


@dataclass(frozen=True, slots=True)
class ZeroStreak:
    """The stored series of answers that say 0 for every sum, though there were points."""

    id: int
    first_seen_at: datetime
    poll_count: int


@dataclass(frozen=True, slots=True)
class NewMeasure:
    """A snapshot that begins. It closes the one with the id `closes`, if there is one."""

    measure: Measure
    value: int | None
    at: datetime
    after_gap: bool
    closes: int | None = None


@dataclass(frozen=True, slots=True)
class AccountDecision:
    """What an answer about the account changes.

    `extended`: the end of each snapshot that is confirmed, by its id. `is_suspect`: nothing but the rejection
    is stored, or what another answer showed that contradicts it. `confirms`, `ends`: the series of rejected
    answers that this one confirms, or ends otherwise.
    """

    added: tuple[NewMeasure, ...] = ()
    extended: Mapping[int, datetime] = field(default_factory=dict)
    is_suspect: bool = False
    confirms: int | None = None
    ends: int | None = None


@dataclass(frozen=True, slots=True)
class Award:
    """One award of a game. `kind`: as the site names it."""

    game_id: GameId
    kind: str
    awarded_at: datetime


@dataclass(frozen=True, slots=True)
class ListedAward:
    """The highest award of a game in an answer. `kind` None: it has none; `awarded_at` None: no date."""

    game_id: GameId
    kind: str | None
    awarded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoredAward:
    """A stored award. `missing_since`: the first complete listing that named less."""

    award: Award
    missing_since: datetime | None = None
    gone_at: datetime | None = None
