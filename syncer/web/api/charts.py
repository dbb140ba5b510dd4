"""/data/…: what the charts ask for, in few enough points for a screen."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from syncer.core.model.progress import EPOCH
from syncer.web.app.error_handlers import error_response
from syncer.web.app.player_request import PlayerRequest, resolve
from syncer.web.asgi.threadpool import in_threadpool

from .chart_series import Curve, of_game, of_points

MAX_MARKS = 500
MAX_UNLOCKS = 2000


def data(path: str, answer: Callable[[PlayerRequest], Response]) -> Route:
    def asked(request: Request) -> Response:
        visit = resolve(request)
        return answer(visit) if visit else error_response(request, 404, "Nobody is followed yet.")

    return Route(path, in_threadpool(asked))


def version(visit: PlayerRequest) -> Response:
    return JSONResponse({"version": visit.version})


def points(visit: PlayerRequest) -> Response:
    since, until = window(visit)
    return chart(of_points(visit.queries, visit.player.id, since, until))


def game(visit: PlayerRequest) -> Response:
    game_id = visit.game_id
    if not visit.queries.web.game(visit.player.id, game_id):
        return error_response(visit.request, 404, f"{visit.player.username} has no game {game_id} here.")
    since, until = window(visit)
    unlocks = visit.queries.web.unlocks(visit.player.id, game_id, MAX_UNLOCKS)
    moments = [u["unlocked_at"].timestamp() for u in unlocks if since <= u["unlocked_at"] <= until]
    stretches = visit.queries.series.snapshots_between(visit.player.id, game_id, since, until)
    return chart(of_game(stretches), unlocks=sorted(set(moments)))


def window(visit: PlayerRequest) -> tuple[datetime, datetime]:
    """From when until when; turned round, it is empty."""
    since, until = visit.moment("from"), visit.moment("to", end_of_day=True)
    return since or EPOCH, until or visit.now


def chart(curve: Curve, **more: Any) -> Response:
    thinned = curve.downsampled()
    columns = list(zip(*thinned, strict=True)) or [()] * (len(curve.names) + 1)
    document = {
        "lines": curve.names,
        "t": columns[0],
        "values": columns[1:],
        "gaps": [[begin.timestamp(), end.timestamp()] for begin, end in curve.gaps],
        "marks": [{"t": m.at.timestamp(), "kind": m.kind, "text": m.text} for m in curve.marks[-MAX_MARKS:]],
        "began": curve.began.timestamp() if curve.began else None,
        "points": len(curve.points),
    }
    return JSONResponse(document | more)


routes = [
    data("/data/version", version),
    data("/data/points", points),
    data("/data/games/{game}", game),
]
