"""/games/<id>: all that was seen of one game."""

from starlette.exceptions import HTTPException
from starlette.responses import Response

from syncer.web.app.player_request import PlayerRequest, page

STRETCHES = 50  # of a page
UNLOCKS, SHOWN = 1000, 50  # read, and shown at once


def game(visit: PlayerRequest) -> Response:
    game_id = visit.game_id
    found = visit.queries.web.game(visit.player.id, game_id)
    if found is None:
        raise HTTPException(404)
    before = visit.number("before", 0) or None
    rows = visit.queries.web.changes(
        visit.player.id, STRETCHES + 1, game_id=game_id, kind="all", before=before
    )
    return visit.page(
        "game.html",
        game=found,
        name=found["title"] or f"Game {game_id}",
        icon=visit.context.icons and found["icon_path"],
        snapshots=rows[:STRETCHES],
        older=rows[STRETCHES - 1]["id"] if len(rows) > STRETCHES else None,
        before=before,
        most=SHOWN,
        unlocks=visit.queries.web.unlocks(visit.player.id, game_id, UNLOCKS),
    )


routes = [page("/games/{game}", game)]
