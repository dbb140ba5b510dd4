"""/calendar: a year, day by day."""

import calendar as calendars
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from starlette.responses import Response

from syncer.core.milestones.streaks import current_streak, longest_streak
from syncer.core.polling.hours import Played, sum_of
from syncer.store.read.base import Row
from syncer.web.app.player_request import PlayerRequest, page

from .polled_time import polled_time
from .unlock_days import daily_gains, streak_days_before

DAY = timedelta(days=1)
BEST_DAYS = 5
MAX_BACKDATED = 50  # listed; the newest
EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)
LEVELS = (0.0, 0.15, 0.4, 0.7)  # shares of the 90th percentile of the days with points


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the year. `level`: 0 (nothing) to 4, the strength of its colour.

    `played`: how long games were played; None: no session is known.
    """

    date: date
    achievements: int = 0
    points: int = 0
    level: int = 0
    played: Played | None = None


def calendar(view: PlayerRequest) -> Response:
    today = view.today
    year = view.parameters.number("year", today.year, today.year)
    first = view.first_unlock or view.queries.players.first_poll(view.player.id) or view.now
    hours = hours_in(view, year)
    days = with_hours(with_levels(days_in(view, year)), hours)
    # By achievements and not by points: an achievement may be worth none.
    active = [day.date for day in days.values() if day.achievements]
    new_year, polled = date(year, 1, 1), polled_time(view)
    continues = new_year in active or new_year == view.today
    streak_days = [*(streak_days_before(view, new_year) if continues else ()), *active]
    # Of a player whose unlocks are not read any more nothing is known about today.
    current = current_streak(streak_days, today) if year == today.year and view.reads_unlocks else None
    return view.page(
        "calendar.html",
        year=year,
        first_year=min(first.astimezone(view.context.zone).year, today.year),
        this_year=today.year,
        today=today,
        months_begun=today.month if year == today.year else 12,
        months=[month(year, number, days) for number in range(1, 13)],
        best=sorted(
            (day for day in days.values() if day.achievements), key=lambda day: (-day.points, day.date)
        )[:BEST_DAYS],
        played=sum_of(hours.values()) if hours else None,
        active=len(active),
        achievements=sum(day.achievements for day in days.values()),
        points=sum(day.points for day in days.values()),
        longest=longest_streak(streak_days, new_year),
        current=current,
        current_extent=current and polled.streak_extent(current),
        backdated=view.queries.web.backdated_unlocks(
            view.player.id,
            max(view.start_of_day(date(year, 1, 1)), EARLIEST),
            view.start_of_day(date(year + 1, 1, 1)),
            MAX_BACKDATED,
        ),
        known_until=known_until(view, year),
        unknown_since=polled.unknown_since,
        unpolled=polled.unpolled_days(new_year, date(year + 1, 1, 1)),
        extent=polled.extent(new_year, date(year + 1, 1, 1)),
    )


def known_until(view: PlayerRequest, year: int) -> datetime | None:
    """Return up to when unlocks are known; None if nothing is known about the year."""
    found = view.unlocks_known_until
    is_before = found is not None and found < max(view.start_of_day(date(year, 1, 1)), EARLIEST)
    return None if is_before and not view.reads_unlocks else found


def hours_in(view: PlayerRequest, year: int) -> dict[date, Played]:
    """Return how long games were played on each day of the year on which a session is known."""
    begin, end = view.start_of_day(date(year, 1, 1)), view.start_of_day(date(year + 1, 1, 1))
    return view.queries.play.by_day(view.player.id, view.context.zone, max(begin, EARLIEST), end)


def days_in(view: PlayerRequest, year: int) -> list[Row]:
    return days_between(view, date(year, 1, 1), date(year + 1, 1, 1))


def days_between(view: PlayerRequest, first: date, end: date) -> list[Row]:
    return daily_gains(view, max(view.start_of_day(first), EARLIEST), view.start_of_day(end))


def with_levels(rows: list[Row]) -> dict[date, Day]:
    """Return the days with their levels, relative to the 90th percentile: an outlier fades no other day."""
    points = sorted(row["points"] or 0 for row in rows)
    high = points[int(0.9 * (len(points) - 1))] if points else 0
    days = {}
    for row in rows:
        # `high` is 0 if nine of ten days have no points.
        share = (row["points"] or 0) / max(high, 1)
        # At least 1: a day whose achievements are worth no points is active, too.
        level = sum(share > edge for edge in LEVELS) or 1
        day = date.fromisoformat(row["day"])
        days[day] = Day(day, row["achievements"], row["points"] or 0, level)
    return days


def with_hours(days: dict[date, Day], hours: dict[date, Played]) -> dict[date, Day]:
    """Return the days with how long games were played on them, those without an unlock, too."""
    return days | {day: replace(days.get(day, Day(day)), played=played) for day, played in hours.items()}


def month(year: int, number: int, days: dict[date, Day]) -> tuple[str, Played | None, list[list[Day | None]]]:
    """Return its name, the hours, and its weeks from Monday to Sunday, with None for days of other months."""
    dates = calendars.Calendar().monthdatescalendar(year, number)
    weeks = [[days.get(d, Day(d)) if d.month == number else None for d in week] for week in dates]
    played = [day.played for week in weeks for day in week if day and day.played]
    return calendars.month_name[number], sum_of(played) if played else None, weeks


routes = [page("/calendar", calendar)]
