"""/calendar: a year, day by day."""

import calendar as months_of
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from starlette.responses import Response

from syncer.store.read.base import Row
from syncer.web.app.player_request import PlayerRequest, page

from .overview import days_of

DAY, MONTH = timedelta(days=1), timedelta(days=31)
BEST = 5
FIRST = datetime(1971, 1, 1, tzinfo=UTC)
LEVELS = (0.0, 0.15, 0.4, 0.7)  # of the 90th percentile of days with points


@dataclass(frozen=True, slots=True)
class Day:
    """`level`: 0 (nothing) to 4."""

    date: date
    achievements: int = 0
    points: int = 0
    level: int = 0


def calendar(visit: PlayerRequest) -> Response:
    today = visit.today
    year = visit.number("year", today.year, today.year)
    first = (
        visit.queries.daily.first_unlock(visit.player.id)
        or visit.queries.players.first_poll(visit.player.id)
        or visit.now
    )
    days = leveled(days_in(visit, year))
    active = [day.date for day in days.values() if day.achievements]
    streaks = [*before(visit, year, active), *active]
    return visit.page(
        "calendar.html",
        year=year,
        first_year=min(first.astimezone(visit.context.zone).year, today.year),
        this_year=today.year,
        today=today,
        months=[month(year, number, days) for number in range(1, 13)],
        best=sorted(days.values(), key=lambda day: (-day.points, day.date))[:BEST],
        active=len(active),
        achievements=sum(day.achievements for day in days.values()),
        points=sum(day.points for day in days.values()),
        longest=longest_streak(streaks, date(year, 1, 1)),
        current=current_streak(streaks, today) if year == today.year else None,
        told_until=visit.queries.daily.unlocks_synced_until(visit.player.id),
    )


def days_in(visit: PlayerRequest, year: int) -> list[Row]:
    return days_between(visit, date(year, 1, 1), date(year + 1, 1, 1))


def days_between(visit: PlayerRequest, first: date, end: date) -> list[Row]:
    return days_of(visit, max(visit.start_of_day(first), FIRST), visit.start_of_day(end))


def before(visit: PlayerRequest, year: int, active: list[date]) -> list[date]:
    """Active days of the years before, as far back as a streak reaches that goes on in this one."""
    end, step, found = date(year, 1, 1), MONTH, list[date]()
    reaches = end in active or end == visit.today
    while reaches and end > FIRST.date() + step:
        rows = days_between(visit, end - step, end)
        found += [date.fromisoformat(row["day"]) for row in rows if row["achievements"]]
        end, step = end - step, 2 * step  # most streaks are short
        reaches = end in found
    return found


def leveled(rows: list[Row]) -> dict[date, Day]:
    """Days with something, each with how strong its colour is; a single great day does not fade the rest."""
    points = sorted(row["points"] or 0 for row in rows)
    usual = points[int(0.9 * (len(points) - 1))] if points else 0
    found = {}
    for row in rows:
        part = (row["points"] or 0) / max(usual, 1)
        level = sum(part > edge for edge in LEVELS) or 1
        day = date.fromisoformat(row["day"])
        found[day] = Day(day, row["achievements"], row["points"] or 0, level)
    return found


def month(year: int, number: int, days: dict[date, Day]) -> tuple[str, list[list[Day | None]]]:
    """Its name, and its weeks from Monday to Sunday; null: a day of another month."""
    weeks = months_of.Calendar().monthdatescalendar(year, number)
    mine = [[days.get(d, Day(d)) if d.month == number else None for d in week] for week in weeks]
    return months_of.month_name[number], mine


def longest_streak(active: list[date], since: date = date.min) -> tuple[int, date | None]:
    """How many days in a row, and the last of them; one that is not over by `since` may begin before."""
    best: tuple[int, date | None] = (0, None)
    length, previous = 0, date.min
    for day in sorted(active):
        length = length + 1 if day - previous == DAY else 1
        previous = day
        if day >= since and length > best[0]:
            best = (length, day)
    return best


def current_streak(active: list[date], today: date) -> int:
    """Up to today or yesterday: this day is not over."""
    days, day = set(active), today if today in active else today - DAY
    length = 0
    while day - length * DAY in days:
        length += 1
    return length


routes = [page("/calendar", calendar)]
