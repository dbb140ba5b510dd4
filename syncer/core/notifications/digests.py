"""Messages by the calendar: a streak that ends tonight, the best day or week, the review of a month. Pure.

Days are those of the reader's zone. A day, a week or a month is considered once, when it is over and all of
its unlocks are read; the numbers are those of unlocks, by the site's dates, as in the calendar.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from syncer.core.formats.text import pluralize, title_or_id
from syncer.core.formats.timestamps import start_of
from syncer.core.milestones.streaks import Streak
from syncer.core.milestones.texts import AWARD_TEXTS
from syncer.core.model.library import AwardKind
from syncer.core.review.figures import best_of
from syncer.core.review.model import PeriodSums
from syncer.core.review.period import Period

from .model import Message, MessageKind

MIN_STREAK = 2  # days; one day is no streak
MIN_DAYS, MIN_WEEKS = 7, 4  # with unlocks, before one can be the best so far
MAX_NAMED = 5  # games of a review
DAY, WEEK = timedelta(days=1), timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Considered:
    """When each kind was last considered (UTC); None: never."""

    streak: datetime | None = None
    record: datetime | None = None
    review: datetime | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be considered now: each period by its first day; None: not now.

    `missed`: the day before `day`, if its unlocks were not all read before the next one was over.
    """

    streak: bool = False
    day: date | None = None
    week: date | None = None
    month: date | None = None
    missed: date | None = None


def find_due(
    now: datetime,
    zone: tzinfo,
    streak_hour: int,
    considered: Considered,
    known_since: datetime,
    known_until: datetime,
) -> Due:
    """Return what is due. `known_since`: when recording began; `known_until`: up to when unlocks are read.

    A period that began before the recording is left out, and so is one that ended before an older one was
    considered.
    """
    today = now.astimezone(zone).date()
    hour = datetime.combine(today, time(streak_hour), zone)
    monday, first = today - timedelta(days=today.weekday()), today.replace(day=1)
    last_month = (first - DAY).replace(day=1)

    def ended(begin: date, end: date, last: datetime | None) -> date | None:
        over = start_of(end, zone)
        is_known = known_since <= start_of(begin, zone) and over <= known_until
        return begin if is_known and (last is None or last < over) else None

    # Where unlocks are not read any more, a streak is known from polls of followed games only.
    is_read = known_until >= start_of(today - DAY, zone)
    return Due(
        is_read and now >= hour and (considered.streak is None or considered.streak < hour),
        ended(today - DAY, today, considered.record),
        ended(monday - WEEK, monday, considered.record),
        ended(last_month, first, considered.review),
        ended(today - 2 * DAY, today - DAY, considered.record) if considered.record else None,
    )


def streak_message(player: str, streak: Streak) -> Message | None:
    """Return the message about a streak that ends tonight."""
    if streak.days < MIN_STREAK or not streak.is_at_risk:
        return None
    text = f"{player}: the streak of {streak.days:,} days ends tonight if nothing is unlocked"
    return Message(MessageKind.STREAK, text)


def record_messages(player: str, points: Mapping[date, int], due: Due) -> list[Message]:
    """Return the messages about the best day and week so far. `points`: of each day with unlocks.

    The first days are no records, and neither is a day that only equals another.
    """
    weeks: dict[date, int] = {}
    for day, gained in points.items():
        monday = day - timedelta(days=day.weekday())
        weeks[monday] = weeks.get(monday, 0) + gained
    kinds = (("day", due.day, points, MIN_DAYS), ("week", due.week, weeks, MIN_WEEKS))
    found = (_record_text(what, begin, sums, least) for what, begin, sums, least in kinds)
    return [Message(MessageKind.RECORD, f"{player}: {text}") for text in found if text]


def _record_text(what: str, begin: date | None, sums: Mapping[date, int], least: int) -> str:
    earlier = {day: gained for day, gained in sums.items() if begin and day < begin}
    if begin is None or len(earlier) < least or sums.get(begin, 0) <= max(earlier.values()):
        return ""
    best = max(earlier, key=lambda day: (earlier[day], day))
    name = f"{begin:%Y-%m-%d}" if what == "day" else f"the week of {begin:%Y-%m-%d}"
    return f"{name} was the best {what} so far: {_points(sums[begin])} ({earlier[best]:,} on {best:%Y-%m-%d})"


def review_message(player: str, month: Period, sums: PeriodSums) -> Message | None:
    """Return the review of a month; None if nothing was unlocked."""
    best, total = best_of(sums.days), sums.total
    if best is None:
        return None
    lines = [
        f"{player}: {month.name}: {pluralize(total.achievements, 'achievement')}, {_points(total.points)}, "
        f"on {pluralize(len(sums.days), 'day')}; most on {best:%Y-%m-%d}: {_points(sums.days[best].points)}"
    ]
    for kind in AwardKind:
        if titles := [title_or_id(one.title, one.game_id) for one in sums.reached if one.kind is kind]:
            more = [f"{len(titles) - MAX_NAMED} more"] if len(titles) > MAX_NAMED else []
            lines.append(f"{AWARD_TEXTS[kind]}: {', '.join([*titles[:MAX_NAMED], *more])}")
    return Message(MessageKind.REVIEW, "\n".join(lines))


def _points(points: int) -> str:
    return pluralize(points, "point")
