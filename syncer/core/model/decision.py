"""Snapshots, and the decision about one poll of one target."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from .account import AccountPromise
from .job import Jobs
from .mass_drop import DropUpdate
from .play import RecentGame
from .player import Target
from .progress import GameId, Progress


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The newest stored row of a target: every poll since it began, until `last_seen_at`, returned this."""

    id: int
    progress: Progress
    last_seen_at: datetime


class RejectionReason(StrEnum):
    """Why a poll was not accepted (`rejections.reason`)."""

    SUSPECT_ZERO = "suspect_zero"
    MASS_DROP = "mass_drop"
    UNSETTLED = "unsettled"
    HARDCORE_ABOVE_ALL = "hardcore_above_all"  # of older versions; now unsettled
    UNPARSABLE = "unparsable"
    UNPARSABLE_ROW = "unparsable_row"  # of a list; the others are about polls
    MISSING = "missing"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class RejectionStreak:
    """An unbroken streak of rejected polls that is still open (a row of `rejections`).

    The polls are equal, except unsettled ones; `raw` is the newest.
    """

    id: int
    reason: RejectionReason
    raw: str
    first_seen_at: datetime
    last_seen_at: datetime
    poll_count: int


@dataclass(frozen=True, slots=True)
class TargetState:
    """All that is stored about one target at the moment when its next poll is validated."""

    target: Target
    open: Snapshot | None = None
    streak: RejectionStreak | None = None


class PollWindow(NamedTuple):
    """A poll at `at` (UTC), which promises the next one within `promised` seconds.

    `earliest`: a target whose last poll was before it is late.
    """

    at: datetime
    earliest: datetime
    promised: int


class Verdict(StrEnum):
    """What validation makes of one poll (`snapshots.verdict` where it is accepted)."""

    NEW = "new"
    SAME = "same"
    CHANGED = "changed"
    RESUMED = "resumed"
    MISSING = "missing"
    UNPARSABLE = "unparsable"
    SUSPECT = "suspect"
    FAILED = "failed"  # the batch got no answer that could be validated

    @property
    def is_accepted(self) -> bool:
        # MISSING is not zero progress: what is stored stays (site-api.md section 13, 4).
        return self is Verdict.SAME or self.adds_snapshot

    @property
    def adds_snapshot(self) -> bool:
        return self in (Verdict.NEW, Verdict.CHANGED, Verdict.RESUMED)


@dataclass(frozen=True, slots=True)
class Rejection:
    """A rejected poll to keep. `streak`: the id of the row that it extends; None: a new row."""

    reason: RejectionReason
    raw: str
    streak: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What to store about one target. `due_at` None: the next poll is by the promise.

    `promised_seconds`: from `at` to the next poll; None: leave the stored promise as it is, for a rejected
    poll keeps none: the time until an accepted one may become a gap.
    `confirms`, `ends`: the id of the streak of rejections that an accepted poll confirms, or disproves.
    """

    game_id: GameId
    verdict: Verdict
    at: datetime
    due_at: datetime | None
    failures: int
    promised_seconds: int | None = None
    progress: Progress | None = None
    after_gap: bool = False
    rejection: Rejection | None = None
    confirms: int | None = None
    ends: int | None = None


@dataclass(frozen=True, slots=True)
class RecentRows:
    """The rows of a probe. `previous_at`: of the probe before; None: there was none.

    `is_whole`: they contain every game that was played since then. `keeps_sessions`: they make sessions.
    `is_probe`: else they are older rows, of which only the dates are stored. `is_proven`: there are none, and
    another answer shows that the site knows the player. `date`: the Date header; None: there was none.
    """

    games: tuple[RecentGame, ...]
    previous_at: datetime | None
    is_whole: bool
    keeps_sessions: bool
    is_probe: bool = True
    is_proven: bool = False
    date: datetime | None = None


@dataclass(frozen=True, slots=True)
class BatchDecision:
    """The decisions on one batch, and the `states` that they are about, in the same order.

    `quiet`: the other targets, of which the poll is equal and in time, each with the id of its snapshot.
    `refused`: the whole response was rejected, and this is kept.

    `drop`: what the response says about a mass drop. `reads_unlocks`: unlocks will tell what came back.
    `started_at`: when the run began, as far as it is known by now. `ahead_until`: until when snapshots of
    these targets are stamped in the future. `account`: what an accepted answer promises of the account.
    `recent`: the rows of a probe. `jobs`: what was read by this, and where a reading goes on.
    `before`: the games that the run has polled before, and whether a poll of them was accepted.
    """

    at: datetime
    decisions: tuple[Decision, ...] = ()
    states: Sequence[TargetState] = ()
    quiet: Mapping[GameId, int] = field(default_factory=dict)
    refused: Rejection | None = None
    drop: DropUpdate | None = None
    reads_unlocks: bool = False
    started_at: datetime | None = None
    ahead_until: datetime | None = None
    account: AccountPromise | None = None
    recent: RecentRows | None = None
    jobs: Jobs = field(default_factory=dict)
    before: Mapping[GameId, bool] = field(default_factory=dict)

    @property
    def is_accepted(self) -> bool:
        """Whether the answer shows the player: some poll was accepted, or some row of a probe was read."""
        recent = self.recent is not None and (bool(self.recent.games) or self.recent.is_proven)
        return recent or self.accepts_polls

    @property
    def accepts_polls(self) -> bool:
        """Whether some poll was accepted."""
        return bool(self.quiet) or any(decision.verdict.is_accepted for decision in self.decisions)

    @property
    def verdicts(self) -> Counter[Verdict]:
        """How many targets got each verdict."""
        found = Counter(decision.verdict for decision in self.decisions)
        if self.quiet:
            found[Verdict.SAME] += len(self.quiet)
        return found

    @property
    def polled(self) -> dict[GameId, bool]:
        """The targets, and whether their poll was accepted."""
        found = {decision.game_id: decision.verdict.is_accepted for decision in self.decisions}
        return found | dict.fromkeys(self.quiet, True)
