"""Gaps and play sessions: what is stored of them, against what happened."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from .delays import Absence
from .record import Session
from .scenario import DAY
from .stored import Gap, StoredSession

LONG = timedelta(minutes=20)
NO_TIME = timedelta(0)
ROUNDING = timedelta(seconds=1)  # dates of the site have whole seconds


@dataclass
class Gaps:
    """`account`, `targets`: that no absence explains, `late` with their times. `unreported`: absences without
    a gap of the account."""

    account: list[Gap] = field(default_factory=list)
    targets: int = 0
    late: list[str] = field(default_factory=list)
    reported: int = 0
    unreported: list[Absence] = field(default_factory=list)


def compare_gaps(gaps: Sequence[Gap], absences: Sequence[Absence], silences: Sequence[Absence] = ()) -> Gaps:
    """Compare gaps with what they stand for. `silences`: other times without an answer about the player."""
    found, known = Gaps(), [*absences, *silences]
    invented = [gap for gap in gaps if not any(overlaps(gap, one) for one in known)]
    found.account = [gap for gap in invented if gap.game_id is None]
    late = [gap for gap in invented if gap.game_id is not None]
    found.targets = len(late)
    spans = Counter((gap.begin, gap.end) for gap in late)
    found.late = [f"{n} games: {begin:%d %H:%M:%S} to {end:%d %H:%M:%S}" for (begin, end), n in spans.items()]
    for absence in absences:
        covered = any(gap.game_id is None and covers(gap, absence) for gap in gaps)
        found.reported += covered
        found.unreported += [] if covered else [absence]
    return found


def overlaps(gap: Gap, absence: Absence) -> bool:
    return gap.begin < absence[1] and gap.end > absence[0]


def covers(gap: Gap, absence: Absence) -> bool:
    """Return whether a gap reports an absence: from its first missed poll on, and to its end."""
    return gap.begin <= absence[0] + timedelta(minutes=30) and gap.end >= absence[1]


@dataclass
class Found:
    """`long`: sessions of more than 20 minutes; `found`: those that are stored. `outside`: days whose played
    time is not within the stored range; `days`: those with play."""

    long: int = 0
    found: int = 0
    days: int = 0
    outside: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        return self.found / self.long if self.long else 1.0


def compare_sessions(
    true: Sequence[Session], stored: Sequence[StoredSession], first: datetime, end: datetime
) -> Found:
    """Compare the sessions that lie between two moments."""
    found = Found()
    for session in true:
        if session.last - session.first > LONG and session.first >= first and session.last < end - LONG:
            found.long += 1
            found.found += any(is_same(session, one) for one in stored)
    played = by_day((one.first, one.last) for one in true)
    # Of two games at the same time one is certain.
    least = by_day(joined((one.before, one.end) for one in stored))
    most = by_day((one.after, one.end) for one in stored)
    for day, time in played.items():
        if first.date() < day < end.date():
            found.days += 1
            low, high = least.get(day, NO_TIME), most.get(day, NO_TIME)
            if not low - ROUNDING <= time <= high + ROUNDING:
                found.outside.append(f"{day}: {time}, not {low} to {high}")
    return found


def is_same(session: Session, stored: StoredSession) -> bool:
    begins, ends = stored.after <= session.last, stored.end >= session.first
    return stored.game_id == session.game_id and begins and ends


def joined(spans: Iterable[Absence]) -> Iterator[Absence]:
    """Yield the spans without what an earlier one covers."""
    covered = datetime.min.replace(tzinfo=UTC)
    for begin, end in sorted(spans):
        if end > covered:
            yield max(begin, covered), end
            covered = end


def by_day(spans: Iterator[tuple[datetime, datetime]]) -> dict[date, timedelta]:
    """Return the sum of these spans on each day (UTC)."""
    found: dict[date, timedelta] = defaultdict(timedelta)
    for begin, end in spans:
        while begin < end:
            midnight = begin.replace(hour=0, minute=0, second=0, microsecond=0) + DAY
            found[begin.date()] += min(end, midnight) - begin
            begin = midnight
    return found
