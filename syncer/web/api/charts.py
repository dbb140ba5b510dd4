"""/data/…: the data of the charts, reduced to the number of points that a screen can show."""

from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from syncer.core.formats.text import fold
from syncer.core.model.progress import EPOCH
from syncer.store.read.base import Row
from syncer.store.read.players import PlayerRef
from syncer.web.app.context import get_context
from syncer.web.app.error_handlers import error_response
from syncer.web.app.other_player import other_player
from syncer.web.app.player_request import PlayerRequest, document, no_players_yet, respond
from syncer.web.app.version_text import version_text
from syncer.web.asgi.threadpool import in_threadpool

from .chart_series import COMPARED, Series, player_series, side_by_side
from .game_series import game_series

MAX_MARKS = 500
MAX_UNLOCKS = 2000
MAX_SUGGESTIONS = 10


def version(request: Request) -> Response:
    """Answer by one statement: each open page asks every few seconds."""
    context = get_context(request)
    row = context.queries.version.of(request.query_params.get("player"))
    if row:
        return JSONResponse({"version": version_text(row, context, context.now())})
    return respond(request, lambda view: JSONResponse({"version": view.version}), no_players_yet)


def points(view: PlayerRequest) -> Response:
    return chart(series_of(view, view.player))


def compare(view: PlayerRequest) -> Response:
    """Answer the points of two players, as points() does for each, on one axis of times."""
    other = other_player(view)
    if other is None:
        return error_response(view.request, 404, "Name another player: with=NAME.")
    both = [view.player, other]
    labels = dict(zip(COMPARED, (player.username for player in both), strict=True))
    return chart(side_by_side(*(series_of(view, player) for player in both)), labels=labels)


def series_of(view: PlayerRequest, player: PlayerRef) -> Series:
    """Return the points of a player in the window of a request."""
    (since, until), context = window(view), view.context
    return player_series(view.queries, player.id, context.zone, since, until, view.now, context.gap_after)


def suggested_players(view: PlayerRequest) -> Response:
    """Answer which players have the words in their name: suggestions while a person types."""
    words = fold(view.parameters.text("q"))
    names = [player.username for player in view.all_players if words and words in fold(player.username)]
    return JSONResponse({"players": names[:MAX_SUGGESTIONS]})


def game(view: PlayerRequest) -> Response:
    game_id = view.parameters.game_id
    shown = view.queries.web.game(view.player.id, game_id)
    if not shown:
        return error_response(view.request, 404, f"{view.player.username} has no game {game_id} here.")
    since, until = window(view)
    found = view.queries.web.unlocks(view.player.id, game_id, MAX_UNLOCKS)
    unlocks = [u for u in reversed(found) if since <= u["unlocked_at"] <= until]
    times = {u["unlocked_at"].timestamp() for u in unlocks if u["gone_at"] is None}
    snapshots = view.queries.series.snapshots_between(view.player.id, game_id, since, until)
    listed = {"unlocks": [unlock(u) for u in unlocks], "unlock_times": sorted(times)}
    first_poll = view.queries.series.first_poll_of(view.player.id, game_id)
    reached = view.queries.states.milestones(view.player.id, game_id)
    series = game_series(
        snapshots,
        since,
        until,
        first_poll=first_poll,
        unlocks=found,
        reached=reached,
        ends_in_gap=ends_in_gap(view, shown, until),
    )
    return chart(series, **listed)


def ends_in_gap(view: PlayerRequest, shown: Row, until: datetime) -> bool:
    """Return whether a game was not polled as promised at the end of the window."""
    if until < view.now:
        gap = view.queries.series.gap_after(view.player.id, shown["game_id"], until)
        if gap is not None:
            return gap
    promised = shown["expected_at"] if shown["removed_at"] is None else None
    return promised is not None and view.now > promised + view.context.gap_after


def games(view: PlayerRequest) -> Response:
    """Answer which games have the words in their title: suggestions while a person types."""
    words = view.parameters.text("q")
    found = view.queries.game_list.matching(view.player.id, words, MAX_SUGGESTIONS) if words else []
    return JSONResponse({"games": found})


def unlock(row: Row) -> Row:
    """Return an unlock of a game, marked if the site has taken it back."""
    gone_at = row["gone_at"].timestamp() if row["gone_at"] else None
    named = {name: row[name] for name in ("achievement_id", "hardcore", "points")}
    return {"time": row["unlocked_at"].timestamp(), **named, "gone_at": gone_at}


def window(view: PlayerRequest) -> tuple[datetime, datetime]:
    """Return the first and the last moment to show; the last one may be before the first: nothing then."""
    since, until = view.parameters.moment("from"), view.parameters.moment("to", end_of_day=True)
    return since or EPOCH, until or view.now


def chart(series: Series, **more: Any) -> Response:
    # zip() of no points has no columns at all, and the script expects one for each series and the times.
    columns = list(zip(*series.downsampled(), strict=True)) or [()] * (len(series.columns) + 1)
    marks = series.marks[-MAX_MARKS:]
    document = {
        "columns": series.columns,
        "times": columns[0],
        "values": columns[1:],
        "gaps": [[start.timestamp(), end.timestamp()] for start, end in series.gaps],
        "marks": [{"time": m.at.timestamp(), "kind": m.kind, "text": m.text} for m in marks],
        "recorded_from": series.recorded_from.timestamp() if series.recorded_from else None,
        "point_count": len(series.points),
    }
    return JSONResponse(document | more)


routes = [
    Route("/data/version", in_threadpool(version)),
    document("/data/points", points),
    document("/data/compare", compare),
    document("/data/players", suggested_players),
    document("/data/games", games),
    document("/data/games/{game}", game),
]
