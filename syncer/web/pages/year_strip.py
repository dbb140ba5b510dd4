"""Twelve months on the overview: one strip of weeks, and what the days add up to."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from syncer.core.milestones.streaks import Streak, current_streak
from syncer.core.monitoring.unknown_time import Extent
from syncer.store.read.base import Row
from syncer.web.app.player_request import PlayerRequest

from .calendar import Day, with_levels
from .polled_time import PolledTime, polled_time
from .unlock_days import gains_by_day, streak_days_before, sum_of_days

DAY, WEEK, WEEKS = timedelta(days=1), timedelta(days=7), 53


@dataclass(frozen=True, slots=True)
class Year:
    """The days of the last twelve months, from a Monday on.

    `weekdays`: seven rows of one day in each week; None for days to come. `months`: the names above the
    weeks, each with how many weeks it spans. `week`, `week_before`: the last seven days, and the seven
    before. `unpolled`: the days without polling. `unknown_since`: since when the account
    was not polled, if that lasts.
    """

    weekdays: list[list[Day | None]]
    months: list[tuple[str, int]]
    today: Row
    week: Row
    week_before: Row
    whole: Row
    active: int
    best: Day | None
    streak: Streak
    unpolled: Set[date]
    extents: Mapping[str, Extent]  # how much is known of `today`, `week`, `week_before` and `streak`
    unknown_since: datetime | None


def year_of(view: PlayerRequest) -> Year | None:
    """Return the year up to today; None if unlocks are not read."""
    today = view.today
    first = today - today.weekday() * DAY - (WEEKS - 1) * WEEK
    gains = gains_by_day(view, first)
    if gains is None:
        return None
    days = with_levels(list(gains.values()))
    active = [day for day, row in gains.items() if row["achievements"]]
    best = max((days[day] for day in active), key=lambda day: (day.points, day.date), default=None)
    streak, polled = streak_of(view, first, active), polled_time(view)
    return Year(
        [row_of(first + n * DAY, today, days) for n in range(7)],
        months_from(first),
        sum_of_days(gains, today, today),
        sum_of_days(gains, today - 6 * DAY, today),
        sum_of_days(gains, today - 13 * DAY, today - 7 * DAY),
        sum_of_days(gains, first, today),
        len(active),
        best,
        streak,
        polled.unpolled_days(first, today + DAY),
        extents_of(polled, today, streak),
        polled.unknown_since,
    )


def extents_of(polled: PolledTime, today: date, streak: Streak) -> dict[str, Extent]:
    """Return how much is known of the sums of a year and of its streak."""
    return {
        "today": polled.extent(today, today + DAY),
        "week": polled.extent(today - 6 * DAY, today + DAY),
        "week_before": polled.extent(today - 13 * DAY, today - 6 * DAY),
        "streak": polled.streak_extent(streak),
    }


def row_of(first: date, today: date, days: Mapping[date, Day]) -> list[Day | None]:
    """Return one day of each week, from `first` on."""
    dates = [first + n * WEEK for n in range(WEEKS)]
    return [days.get(day, Day(day)) if day <= today else None for day in dates]


def months_from(first: date) -> list[tuple[str, int]]:
    """Return the months of the weeks: each begins with the week that holds its first day."""
    months: list[tuple[str, int]] = []
    for number in range(WEEKS):
        name = f"{first + number * WEEK + 6 * DAY:%b}"
        if months and months[-1][0] == name:
            months[-1] = (name, months[-1][1] + 1)
        else:
            months.append((name, 1))
    return months


def streak_of(view: PlayerRequest, first: date, active: list[date]) -> Streak:
    """Return the current streak, which may have begun before the year."""
    streak = current_streak(active, view.today)
    reaches = streak.days and view.today - (streak.days - streak.includes_today) * DAY <= first
    return current_streak([*streak_days_before(view, first), *active], view.today) if reaches else streak
