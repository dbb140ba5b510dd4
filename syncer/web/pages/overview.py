"""/: status, totals, points over time and the newest changes."""

from datetime import date, datetime, timedelta
from typing import Any

from starlette.responses import Response

from syncer.store.read.base import Row
from syncer.web.api.chart_series import GAP_OFFSET
from syncer.web.app.player_request import PlayerRequest, page
from syncer.web.app.player_status import status_label

CHANGES_READ, CHANGES_SHOWN = 60, 12  # more are read, so that they name RECENT_GAMES games
RECENT_GAMES = 4  # shown with their progress
CHART_SPAN = timedelta(days=92)  # at first
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


def overview(view: PlayerRequest) -> Response:
    queries, player = view.queries, view.player
    status = queries.players.status(player, view.now, view.midnight, view.context.gap_after)
    changes = queries.web.changes(player.id, CHANGES_READ)
    return view.page(
        "overview.html",
        status=status,
        status_label=status_label(queries, player, view.now, status),
        interval=queries.players.longest_interval(player.id),
        totals=queries.web.game_totals(player.id),
        today=gains_since(view, view.today),
        week=gains_since(view, view.today - 6 * DAY),
        changes=changes[:CHANGES_SHOWN],
        recent=recent_games(changes),
        table=points_by_day(view),
        days=CHART_SPAN.days,
    )


def gains_since(view: PlayerRequest, since: date) -> Row:
    """Return the achievements and points since that day began."""
    # The end is excluded, and the site dates unlocks in whole seconds (site-api.md section 8).
    rows = daily_gains(view, view.start_of_day(since), view.now + SECOND)
    return {name: sum(row[name] or 0 for row in rows) for name in ("achievements", "points")}


def daily_gains(view: PlayerRequest, since: datetime, until: datetime) -> list[Row]:
    """Return achievements and points by day.

    Unlocks are dated by the site as far as they were read, and later ones by the poll that showed them.
    """
    queries, zone = view.queries, view.context.zone
    synced_until = queries.daily.unlocks_synced_until(view.player.id)
    # synced_until is included in what was read, and unlocks have whole seconds.
    turn = min(max(since, synced_until + SECOND), until) if synced_until else since
    days: dict[str, Row] = {}
    for row in (
        *(queries.daily.unlocks(view.player.id, zone, since, turn) if since < turn else ()),
        *(queries.daily.observed_gains(view.player.id, zone, turn, until) if turn < until else ()),
    ):
        day = days.setdefault(row["day"], {"day": row["day"], "achievements": 0, "points": 0})
        day["achievements"] += row["achievements"]
        day["points"] += row["points"] or 0
    return list(days.values())


def recent_games(changes: list[Row]) -> list[Row]:
    """Return the games of the newest changes, each with its newest numbers."""
    newest: dict[int, Row] = {}
    for change in changes:
        newest.setdefault(change["game_id"], change)
    return list(newest.values())[:RECENT_GAMES]


def points_by_day(view: PlayerRequest) -> list[tuple[Any, ...]]:
    """Return the chart as a table: both sums at the end of each day of the zone, newest first."""
    queries, player, zone = view.queries, view.player.id, view.context.zone
    begin, first = view.start_of_day(view.today - CHART_SPAN), queries.series.first_complete_poll(player)
    if first is None:
        return []
    unlocked = (
        running_sums((0, 0), queries.daily.points_unlocked(player, zone, first)) if begin < first else {}
    )
    observed = running_sums(
        queries.series.totals_at(player, begin), queries.daily.point_changes(player, zone, begin, view.now)
    )
    # On the day of the first poll both have a sum; the polled one has precedence.
    shown = {day: sums for day, sums in (unlocked | observed).items() if day >= view.today - CHART_SPAN}
    # Just before midnight, which would already be shown as the next day.
    ends = {day: min(view.start_of_day(day + DAY) - GAP_OFFSET, view.now) for day in shown}
    return [(ends[day], *shown[day]) for day in sorted(shown, reverse=True)]


def running_sums(base: tuple[int, int], rows: list[Row]) -> dict[date, tuple[int, int]]:
    """Return both sums at the end of each day."""
    points, hardcore = base
    days = {}
    for row in rows:
        points, hardcore = points + (row["points"] or 0), hardcore + (row["hardcore"] or 0)
        days[date.fromisoformat(row["day"])] = (points, hardcore)
    return days


routes = [page("/", overview)]
