"""How long it took until a change was stored, and what was lost or invented."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil

from syncer.core.model.progress import GameId

from .record import (
    DEMOTION,
    DEMOTION_ZERO,
    MANUAL,
    MANUAL_ZERO,
    NEW_GAME,
    OFFLINE,
    RESET,
    RESET_ZERO,
    REVISION,
    REWEIGHT,
    UNLOCK,
    State,
)
from .scenario import DAY, EVERY, START
from .stored import Row

SOON = timedelta(minutes=90)
SLACK = timedelta(minutes=2)  # a run takes its time, and so does the budget
GAP_AFTER = timedelta(minutes=30)  # what comes later than promised by less leaves no gap
RECOVERY = timedelta(hours=2)
Absence = tuple[datetime, datetime]
IN_PLAY = (UNLOCK, NEW_GAME)
SEARCHED = (OFFLINE, MANUAL, RESET, REWEIGHT, DEMOTION)  # the sums show them
SWEPT = (MANUAL_ZERO, RESET_ZERO, DEMOTION_ZERO, REVISION)  # nothing shows them


@dataclass
class Delays:
    """`by_kind`: of the changes that were stored. `undone`: changed back before they were due.

    `lost`: states that lasted longer than was promised and are not stored. `invented`: rows with numbers that
    the site did not show then. `pending`: too new to be missed. `over_absence`: stored after a time in which
    nothing could be polled. `late`: those that the sums show, and that were not stored soon.
    """

    by_kind: dict[str, list[timedelta]] = field(default_factory=lambda: defaultdict(list))
    undone: int = 0
    pending: int = 0
    over_absence: int = 0
    lost: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)


def promise(kind: str | None, *, polls_all: bool) -> timedelta:
    """Return within which time a state is stored at the latest."""
    return EVERY if polls_all or kind in IN_PLAY else DAY


def measure_delays(
    states: Mapping[GameId, Sequence[State]],
    rows: Mapping[GameId, Sequence[Row]],
    end: datetime,
    *,
    polls_all: bool = False,
    absences: Sequence[Absence] = (),
    slack: timedelta = SLACK,
) -> Delays:
    """Compare what the site showed with what is stored. `absences`: when nothing could be polled."""
    found = Delays()
    for game_id, shown in states.items():
        stored = rows.get(game_id, ())
        if stored:
            find_invented(game_id, shown, stored, found)
        for number, state in enumerate(shown):
            if state.kind is not None and state.at >= START:
                until = shown[number + 1].at if number + 1 < len(shown) else None
                bound = promise(state.kind, polls_all=polls_all) + slack + lost_time(state.at, absences)
                change = Change(game_id, state, until or end, bound, until is None)
                measure(change, stored, absences, found)
    return found


def lost_time(at: datetime, absences: Sequence[Absence]) -> timedelta:
    """Return for how long nothing could be polled in the day after a moment, and what a recovery takes."""
    lengths = [finish - max(begin, at) for begin, finish in absences if finish > at and begin < at + DAY]
    return sum(lengths, RECOVERY if lengths else timedelta(0))


def find_invented(game_id: GameId, shown: Sequence[State], stored: Sequence[Row], found: Delays) -> None:
    moments = [state.at for state in shown]
    for row in stored:
        for at in {row.first, row.last}:
            true = shown[max(0, bisect_right(moments, at) - 1)].numbers
            if true != row.numbers:
                found.invented.append(f"game {game_id} at {at:%d %H:%M:%S}: {row.numbers}, not {true}")


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a game, which the site showed until then. `bound`: when it is stored at the latest."""

    game_id: GameId
    state: State
    until: datetime
    bound: timedelta
    is_last: bool

    def __str__(self) -> str:
        return f"game {self.game_id}, {self.state.kind} at {self.state.at:%d %H:%M:%S}"


def measure(change: Change, stored: Sequence[Row], absences: Sequence[Absence], found: Delays) -> None:
    """Sort one change into the results."""
    state, lasted = change.state, change.until - change.state.at
    number = bisect_left([row.first for row in stored], state.at)
    row = stored[number] if number < len(stored) else None
    if row is not None and (change.is_last or row.first < max(change.until, state.at + change.bound)):
        if any(begin < row.first and end > state.at for begin, end in absences):
            found.over_absence += 1
        else:
            found.by_kind[state.kind or ""].append(row.first - state.at)
            if state.kind in SEARCHED and row.first - state.at > SOON:
                found.late.append(f"{change}, stored after {row.first - state.at}")
    elif lasted > change.bound:
        found.lost.append(f"{change}, for {lasted}" + ("" if stored else "; it is not followed"))
    elif change.is_last:
        found.pending += 1
    else:
        found.undone += 1


@dataclass(frozen=True)
class Figures:
    """The delays of one kind of change, in minutes; `soon`: the share within 90 minutes."""

    count: int
    median: float
    p95: float
    highest: float
    soon: float


def figures(delays: Sequence[timedelta]) -> Figures:
    ordered = sorted(one.total_seconds() / 60 for one in delays)
    median, p95, highest = (ordered[ceil(share * len(ordered)) - 1] for share in (0.5, 0.95, 1.0))
    soon = sum(one <= SOON.total_seconds() / 60 for one in ordered) / len(ordered)
    return Figures(len(ordered), median, p95, highest, soon)
