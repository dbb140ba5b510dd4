"""/data/…: what the charts ask for, in few enough points for a screen."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from syncer.core.model.progress import LONG_AGO
from syncer.web.app.error_handlers import failure
from syncer.web.app.player_request import Visit, visit_of
from syncer.web.asgi.threadpool import in_turn

from .chart_series import Curve, of_game, of_points

MOST_MARKS = 500
MOST_UNLOCKS = 2000


def data(path: str, answer: Callable[[Visit], Response]) -> Route:
    def asked(request: Request) -> Response:
        visit = visit_of(request)
        return answer(visit) if visit else failure(request, 404, "Nobody is followed yet.")

    return Route(path, in_turn(asked))


def version(visit: Visit) -> Response:
    return JSONResponse({"version": visit.version})


def points(visit: Visit) -> Response:
    since, until = window(visit)
    return chart(of_points(visit.queries, visit.who.id, since, until))


def game(visit: Visit) -> Response:
    game_id = visit.game_id
    if not visit.queries.game(visit.who.id, game_id):
        return failure(visit.request, 404, f"{visit.who.username} has no game {game_id} here.")
    since, until = window(visit)
    unlocks = visit.queries.unlocks_of(visit.who.id, game_id, MOST_UNLOCKS)
    moments = [u["unlocked_at"].timestamp() for u in unlocks if since <= u["unlocked_at"] <= until]
    stretches = visit.queries.curve(visit.who.id, game_id, since, until)
    return chart(of_game(stretches), unlocks=sorted(set(moments)))


def window(visit: Visit) -> tuple[datetime, datetime]:
    """From when until when; turned round, it is empty."""
    since, until = visit.moment("from"), visit.moment("to", end_of_day=True)
    return since or LONG_AGO, until or visit.now


def chart(curve: Curve, **more: Any) -> Response:
    thinned = curve.thinned()
    columns = list(zip(*thinned, strict=True)) or [()] * (len(curve.names) + 1)
    document = {
        "lines": curve.names,
        "t": columns[0],
        "values": columns[1:],
        "gaps": [[begin.timestamp(), end.timestamp()] for begin, end in curve.gaps],
        "marks": [{"t": m.at.timestamp(), "kind": m.kind, "text": m.text} for m in curve.marks[-MOST_MARKS:]],
        "began": curve.began.timestamp() if curve.began else None,
        "points": len(curve.points),
    }
    return JSONResponse(document | more)


routes = [
    data("/data/version", version),
    data("/data/points", points),
    data("/data/games/{game}", game),
]
