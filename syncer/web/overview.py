"""/: how it stands, how it went, what is new."""

from datetime import datetime, timedelta
from typing import Any

from starlette.responses import Response

from syncer.store.reading import Row

from .curve import of_points
from .visit import Visit, page

NEWEST = 12
RECENT = 4  # games that are shown with their progress
SHOWN = timedelta(days=92)  # of the chart, at first
WEEK = timedelta(days=7)


def overview(visit: Visit) -> Response:
    queries, who = visit.queries, visit.who
    status = queries.status(who, visit.now, visit.midnight, visit.context.gap_after)
    changes = queries.page_of_changes(who.id, 60)
    return visit.page(
        "overview.html",
        status=status,
        interval=queries.longest_interval(who),
        totals=queries.sums_of(who.id),
        today=gained(visit, timedelta(0)),
        week=gained(visit, WEEK - timedelta(days=1)),
        changes=changes[:NEWEST],
        recent=recent_games(changes),
        table=by_day(visit, status["targets"]),
        days=SHOWN.days,
    )


def gained(visit: Visit, before_today: timedelta) -> Row:
    """Achievements and points since so long before this day began."""
    since = visit.midnight - before_today
    rows = days_of(visit, since, visit.now + timedelta(seconds=1))
    return {name: sum(row[name] or 0 for row in rows) for name in ("achievements", "points")}


def days_of(visit: Visit, since: datetime, until: datetime) -> list[Row]:
    """By the moments of unlocks where they are read, else by what the looks saw."""
    ask = visit.queries.days if visit.queries.first_unlock(visit.who.id) else visit.queries.days_seen
    return ask(visit.who.id, visit.context.zone, since, until)


def recent_games(changes: list[Row]) -> list[Row]:
    """The games of the newest changes, each with its newest numbers."""
    newest: dict[int, Row] = {}
    for change in changes:
        newest.setdefault(change["game_id"], change)
    return list(newest.values())[:RECENT]


def by_day(visit: Visit, games: int) -> list[tuple[Any, ...]]:
    """The chart as a table: how each day ended, the newest first."""
    curve = of_points(visit.queries, visit.who.id, games, visit.now - SHOWN, visit.now)
    days: dict[str, tuple[Any, ...]] = {}
    for at, *values in (point for point in curve.points if None not in point):
        moment = datetime.fromtimestamp(at, visit.context.zone)
        days[f"{moment:%Y-%m-%d}"] = (moment, *values)
    return list(days.values())[::-1]


routes = [page("/", overview)]
