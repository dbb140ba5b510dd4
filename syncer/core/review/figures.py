"""What the days and hours of a period show: the best of them, the rarest hours, the gaps. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo

from .model import Gaps, Tally, sum_of
from .period import Period, month_of

HOURS = 24
DAY = timedelta(days=1)


def best_of(days: Mapping[date, Tally]) -> date | None:
    """Return the day with the most points, the earlier of equals; None: there is no day."""
    return min(days, key=lambda day: (-days[day].points, day), default=None)


def by_week(days: Mapping[date, Tally]) -> dict[date, Tally]:
    """Return the sums of the weeks, each by its Monday; only the given days of a week count."""
    weeks: dict[date, list[Tally]] = {}
    for day, unlocked in days.items():
        weeks.setdefault(day - day.weekday() * DAY, []).append(unlocked)
    return {monday: sum_of(parts) for monday, parts in weeks.items()}


def by_month(days: Mapping[date, Tally]) -> dict[Period, Tally]:
    """Return the sums of the months with an unlock."""
    months: dict[Period, list[Tally]] = {}
    for day, unlocked in days.items():
        months.setdefault(month_of(day), []).append(unlocked)
    return {month: sum_of(parts) for month, parts in months.items()}


def by_hour(moments: Iterable[datetime], zone: tzinfo) -> tuple[int, ...]:
    """Return how many of the moments lie in each hour of the day, from 0 to 23."""
    found = Counter(moment.astimezone(zone).hour for moment in moments)
    return tuple(found[hour] for hour in range(HOURS))


def busiest_hour(hours: Sequence[int]) -> int | None:
    """Return the hour of the day with the most unlocks, the earlier of equals; None: there is no unlock."""
    return max(range(len(hours)), key=lambda hour: (hours[hour], -hour)) if any(hours) else None


def rarest_hour(hours: Sequence[int]) -> int | None:
    """Return the hour of the day with the fewest unlocks but at least one; None: there is no unlock.

    Hours without any are most of the night: they say when a player sleeps, and are listed by themselves.
    """
    return min(
        (hour for hour in range(len(hours)) if hours[hour]), key=lambda hour: hours[hour], default=None
    )


def quiet_hours(hours: Sequence[int]) -> list[tuple[int, int]]:
    """Return the hours without an unlock, as ranges that may pass midnight; their ends are excluded."""
    quiet = [hour for hour, count in enumerate(hours) if not count]
    starts = [hour for hour in quiet if hours[hour - 1]]  # hours[-1] is the hour before midnight
    return [(start, _end_of_quiet(hours, start)) for start in starts]


def _end_of_quiet(hours: Sequence[int], start: int) -> int:
    length = next(n for n in range(1, len(hours)) if hours[(start + n) % len(hours)])
    return (start + length) % len(hours)


def gaps_within(gaps: Iterable[tuple[datetime, datetime]], since: datetime, until: datetime) -> Gaps:
    """Return how many gaps reach into a time, and how much of it they take; they do not overlap."""
    parts = [min(end, until) - max(start, since) for start, end in gaps]
    lengths = [length for length in parts if length > timedelta(0)]
    return Gaps(len(lengths), sum(lengths, timedelta(0)))
