"""/days/<date>: what was unlocked, mastered, completed, beaten and revised on one day of the zone."""

from datetime import date, datetime, timedelta

from starlette.responses import Response

from syncer.core.formats.timestamps import MILLISECOND
from syncer.core.monitoring.unknown_time import Extent
from syncer.store.read.base import Row
from syncer.web.app.player_request import PlayerRequest, page

from .polled_time import PolledTime, polled_time
from .unlock_days import daily_gains

DAY = timedelta(days=1)
MAX_UNLOCKS, MAX_CHANGES = 300, 100
NOTHING: Row = {"achievements": 0, "points": 0}


def day(view: PlayerRequest) -> Response:
    shown, queries, player = view.parameters.day, view.queries, view.player.id
    begin, end = view.start_of_day(shown), view.start_of_day(shown + DAY)
    polled = polled_time(view)
    unlocks = queries.recent_unlocks.between(player, begin, end, MAX_UNLOCKS + 1)
    changes = changes_of_day(view, begin, end)
    first_poll = queries.players.first_poll(player)
    return view.page(
        "day.html",
        day=shown,
        name=day_name(shown, view.today),
        begin=begin,
        gains=gains_of_day(view, polled, shown),
        unlocks=unlocks[:MAX_UNLOCKS],
        by_game=by_game(unlocks[:MAX_UNLOCKS]),
        is_cut=len(unlocks) > MAX_UNLOCKS,
        reached=queries.milestones.between(player, begin, end),
        changes=changes[:MAX_CHANGES],
        has_more_changes=len(changes) > MAX_CHANGES,
        played=queries.play.by_day(player, view.context.zone, begin, end).get(shown),
        gaps=polled.within(begin, min(end, view.now)),
        first_poll=first_poll,
        earlier=earlier_day(view, shown, first_poll),
        later=shown + DAY if shown < view.today else None,
    )


def gains_of_day(view: PlayerRequest, polled: PolledTime, shown: date) -> Row | None:
    """Return the achievements and points of a day; None if they are not known."""
    begin, known_until = view.start_of_day(shown), view.unlocks_known_until
    if found := daily_gains(view, begin, view.start_of_day(shown + DAY)):
        return found[0]
    if known_until is None or (begin > known_until and not view.reads_unlocks):
        return None
    return None if polled.extent(shown, shown + DAY) is Extent.UNKNOWN else NOTHING


def earlier_day(view: PlayerRequest, shown: date, first_poll: datetime | None) -> date | None:
    """Return the day before or, before the first poll, the last one with an unlock; None: there is none."""
    begin, zone = view.start_of_day(shown), view.context.zone
    if first_poll and first_poll < begin:
        return shown - DAY
    last = view.queries.recent_unlocks.last_before(view.player.id, begin)
    return last.astimezone(zone).date() if last else None


def day_name(shown: date, today: date) -> str:
    """Return "today" or "yesterday", or the name of the day of the week."""
    near = {today: "today", today - DAY: "yesterday"}
    return near.get(shown, f"{shown:%A}")


def by_game(unlocks: list[Row]) -> list[list[Row]]:
    """Return the unlocks of each game, the game with the newest one first."""
    games: dict[int, list[Row]] = {}
    for unlock in unlocks:
        games.setdefault(unlock["game_id"], []).append(unlock)
    return list(games.values())


def changes_of_day(view: PlayerRequest, begin: datetime, end: datetime) -> list[Row]:
    """Return what polls showed on a day, without the unlocks whose names are known.

    What was unlocked is dated by the site; a poll shows it later, perhaps on the next day.
    """
    known_until = view.unlocks_known_until if view.reads_unlocks else None
    rows = view.queries.web.changes(
        view.player.id, MAX_CHANGES + 1, since=begin, until=end - MILLISECOND, named_until=known_until
    )
    return view.queries.details.of(rows)


routes = [page("/days/{day}", day)]
