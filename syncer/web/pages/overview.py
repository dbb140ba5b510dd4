"""/: how it stands, how it went, what is new."""

from datetime import date, datetime, timedelta
from typing import Any

from starlette.responses import Response

from syncer.store.read.base import Row
from syncer.web.api.chart_series import GAP_OFFSET
from syncer.web.app.player_request import PlayerRequest, page
from syncer.web.app.player_status import status_label

NEWEST = 12
RECENT = 4  # games that are shown with their progress
SHOWN = timedelta(days=92)  # of the chart, at first
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


def overview(visit: PlayerRequest) -> Response:
    queries, who = visit.queries, visit.player
    status = queries.players.status(who, visit.now, visit.midnight, visit.context.gap_after)
    changes = queries.web.changes(who.id, 60)
    return visit.page(
        "overview.html",
        status=status,
        standing=status_label(queries, who, visit.now, status),
        interval=queries.players.longest_interval(who.id),
        totals=queries.web.game_totals(who.id),
        today=gained(visit, visit.today),
        week=gained(visit, visit.today - 6 * DAY),
        changes=changes[:NEWEST],
        recent=recent_games(changes),
        table=by_day(visit),
        days=SHOWN.days,
    )


def gained(visit: PlayerRequest, since: date) -> Row:
    """Achievements and points since that day began."""
    rows = days_of(visit, visit.start_of_day(since), visit.now + SECOND)
    return {name: sum(row[name] or 0 for row in rows) for name in ("achievements", "points")}


def days_of(visit: PlayerRequest, since: datetime, until: datetime) -> list[Row]:
    """By the moments of unlocks as far as they were read, and from there on by what the looks saw."""
    queries, zone = visit.queries, visit.context.zone
    told_until = queries.daily.unlocks_synced_until(visit.player.id)
    turn = min(max(since, told_until + SECOND), until) if told_until else since
    days: dict[str, Row] = {}
    for row in (
        *(queries.daily.unlocks(visit.player.id, zone, since, turn) if since < turn else ()),
        *(queries.daily.observed_gains(visit.player.id, zone, turn, until) if turn < until else ()),
    ):
        day = days.setdefault(row["day"], {"day": row["day"], "achievements": 0, "points": 0})
        day["achievements"] += row["achievements"]
        day["points"] += row["points"] or 0
    return list(days.values())


def recent_games(changes: list[Row]) -> list[Row]:
    """The games of the newest changes, each with its newest numbers."""
    newest: dict[int, Row] = {}
    for change in changes:
        newest.setdefault(change["game_id"], change)
    return list(newest.values())[:RECENT]


def by_day(visit: PlayerRequest) -> list[tuple[Any, ...]]:
    """The chart as a table: how each day ended by the player's clocks, the newest first."""
    queries, player, zone = visit.queries, visit.player.id, visit.context.zone
    begin, first = visit.start_of_day(visit.today - SHOWN), queries.series.first_complete_poll(player)
    if first is None:
        return []
    told = summed((0, 0), queries.daily.points_unlocked(player, zone, first)) if begin < first else {}
    seen = summed(
        queries.series.totals_at(player, begin), queries.daily.point_changes(player, zone, begin, visit.now)
    )
    shown = {day: sums for day, sums in (told | seen).items() if day >= visit.today - SHOWN}
    ends = {day: min(visit.start_of_day(day + DAY) - GAP_OFFSET, visit.now) for day in shown}
    return [(ends[day], *shown[day]) for day in sorted(shown, reverse=True)]


def summed(base: tuple[int, int], rows: list[Row]) -> dict[date, tuple[int, int]]:
    """What both sums had become when each day ended."""
    points, hardcore = base
    days = {}
    for row in rows:
        points, hardcore = points + (row["points"] or 0), hardcore + (row["hardcore"] or 0)
        days[date.fromisoformat(row["day"])] = (points, hardcore)
    return days


routes = [page("/", overview)]
