"""/: status, totals, points over time and the newest changes."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from starlette.responses import Response

from syncer.store.read.base import Row
from syncer.web.api.chart_series import GAP_OFFSET
from syncer.web.app.player_request import PlayerRequest, page
from syncer.web.app.player_status import status_label

from .unlock_days import known_until
from .year_strip import year_of

CHANGES_READ, CHANGES_SHOWN, UNLOCKS_SHOWN = 60, 12, 12
RECENT_GAMES, NEAREST = 6, 5  # shown with their progress
MAX_PAGES_SEARCHED = 5  # of changes, for the games that were played last, where no unlocks are read
PLAY = ("unlock", "hardcore_upgrade")  # kinds of change that only playing makes
CHART_SPAN = timedelta(days=92)  # at first
ACCOUNT_SPAN = timedelta(days=30)
DAY = timedelta(days=1)


def overview(view: PlayerRequest) -> Response:
    queries, player = view.queries, view.player
    midnight = view.start_of_day(view.today)
    # How polls go is said of the present only.
    status = None if view.past else queries.status.of([player], view.now, midnight, view.context.gap_after)[0]
    changes = queries.web.changes(player.id, CHANGES_READ)
    totals = queries.web.game_totals(player.id)
    in_hardcore = 2 * totals["num_achieved_hardcore"] >= totals["num_achieved"]  # how the player plays
    first_poll = queries.series.first_complete_poll(player.id)
    return view.page(
        "overview.html",
        status=status,
        status_label=status_label(queries, status, is_polled=view.is_polled) if status else None,
        interval=status["promised_seconds"] if status else None,
        account=queries.account.newest(player.id),
        account_days=account_days(view),
        totals=totals,
        former=queries.web.former_game_count(player.id),
        year=year_of(view),
        gains_until=known_until(view),
        nearest=queries.game_list.nearest(player.id, NEAREST, hardcore=in_hardcore),
        in_hardcore=in_hardcore,
        reached=queries.states.counts([player.id])[player.id],
        changes=queries.details.of(changes[:CHANGES_SHOWN]),
        unlocks=queries.recent_unlocks.newest(player.id, UNLOCKS_SHOWN),
        recent=recently_played(view, changes),
        # On demand: of a long history it costs more than all else on the page.
        table=points_by_day(view, first_poll) if view.parameters.choice("table", ("points",), "") else None,
        days=CHART_SPAN.days,
        day=DAY,
        first_poll=first_poll,
    )


def account_days(view: PlayerRequest) -> list[Row]:
    """Return the account's own totals at the end of the last days on which one changed, newest first."""
    since = view.start_of_day(view.today - ACCOUNT_SPAN)
    found = view.queries.account.by_day(view.player.id, view.context.zone, since)
    return [{**row, "day": view.start_of_day(row["day"])} for row in reversed(found)]


def recently_played(view: PlayerRequest, changes: list[Row]) -> list[Row]:
    """Return the followed games that were played last, with their newest numbers.

    The site's own date tells when, or the last unlock. Later than unlocks were read, and where they are not
    read, it is the poll that showed one: a set that was revised, a reset or a game without a change of the
    player was not played.
    """
    synced, queries, player = view.unlocks_known_until, view.queries, view.player.id
    played = dict(queries.web.last_unlocks(player, RECENT_GAMES)) if synced else {}
    polled = ((change["game_id"], change["first_seen_at"]) for change in polled_play(view, changes, synced))
    for game_id, at in (*queries.recently_played.newest(player, RECENT_GAMES), *polled):
        played[game_id] = max(played.setdefault(game_id, at), at)
    rows = queries.states.of(player, among=played)
    found = [{**row, "played_at": played[row["game_id"]]} for row in rows if row["removed_at"] is None]
    return sorted(found, key=lambda game: game["played_at"], reverse=True)[:RECENT_GAMES]


def polled_play(view: PlayerRequest, changes: list[Row], since: datetime | None) -> Iterator[Row]:
    """Yield the changes since then that only playing makes, newest first, until they name enough games."""
    games: set[int] = set()
    for _ in range(MAX_PAGES_SEARCHED):
        for change in changes:
            if since and change["first_seen_at"] <= since:
                return
            if change["kind"] in PLAY:
                games.add(change["game_id"])
                yield change
        if len(games) >= RECENT_GAMES or len(changes) < CHANGES_READ:
            return
        changes = view.queries.web.changes(view.player.id, CHANGES_READ, before=changes[-1]["id"])


def points_by_day(view: PlayerRequest, first: datetime | None) -> list[tuple[Any, ...]]:
    """Return the chart as a table: both sums at the end of each day of the zone, newest first.

    `first`: the first complete poll.
    """
    queries, player, zone = view.queries, view.player.id, view.context.zone
    begin = view.start_of_day(view.today - CHART_SPAN)
    if first is None:
        return []
    unlocked = {}
    if begin < first:
        base = queries.daily.points_before(player, begin)
        unlocked = running_sums(base, queries.daily.points_unlocked(player, zone, first, begin))
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
