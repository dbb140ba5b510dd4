"""/games/<id>: the history of one game."""

from starlette.exceptions import HTTPException
from starlette.responses import Response

from syncer.core.formats.icon import safe_icon
from syncer.core.polling.hours import played_of
from syncer.web.app.player_request import PlayerRequest, page

SNAPSHOTS_PER_PAGE = 50
SESSIONS_SHOWN = 20
MAX_UNLOCKS, UNLOCKS_SHOWN = 1000, 50  # read; shown without a click


def game(view: PlayerRequest) -> Response:
    game_id = view.parameters.game_id
    found = view.queries.web.game(view.player.id, game_id)
    if found is None:
        raise HTTPException(404)
    before = view.parameters.number("before", 0) or None
    # "all", because the table shows each snapshot; one more row than it holds, to know of an older page.
    rows = view.queries.web.changes(
        view.player.id, SNAPSHOTS_PER_PAGE + 1, game_id=game_id, kind="all", before=before
    )
    return view.page(
        "game.html",
        game=found,
        name=found["title"] or f"Game {game_id}",
        icon=view.context.icons and safe_icon(found["icon_path"]),
        snapshots=rows[:SNAPSHOTS_PER_PAGE],
        older=rows[SNAPSHOTS_PER_PAGE - 1]["id"] if len(rows) > SNAPSHOTS_PER_PAGE else None,
        before=before,
        shown=UNLOCKS_SHOWN,
        unlocks=view.queries.web.unlocks(view.player.id, game_id, MAX_UNLOCKS),
        total=view.queries.play.total(view.player.id, game_id),
        sessions=[
            (session, played_of([session]))
            for session in view.queries.play.sessions(view.player.id, game_id, SESSIONS_SHOWN)
        ],
    )


routes = [page("/games/{game}", game)]
