"""/games/<id>: the history of one game."""

from starlette.responses import Response

from syncer.core.formats.icon import safe_icon
from syncer.core.milestones.states import GameState, game_state
from syncer.core.model.progress import PROGRESS_COLUMNS, Progress
from syncer.core.polling.hours import played_of
from syncer.store.read.base import Row
from syncer.web.app.player_request import PlayerRequest, page

SNAPSHOTS_PER_PAGE = 50
SESSIONS_SHOWN = 20
MAX_UNLOCKS, UNLOCKS_SHOWN = 1000, 50  # read; shown without a click


def game(view: PlayerRequest) -> Response:
    game_id = view.parameters.game_id
    found = view.queries.web.game(view.player.id, game_id)
    if found is None:
        return view.page("no_game.html", code=404, game_id=game_id)
    before = view.parameters.number("before", 0) or None
    # "all", because the table shows each snapshot; one more row than it holds, to know of an older page.
    rows = view.queries.web.changes(
        view.player.id, SNAPSHOTS_PER_PAGE + 1, game_id=game_id, kind="all", before=before
    )
    unlocks = view.queries.web.unlocks(view.player.id, game_id, MAX_UNLOCKS)
    return view.page(
        "game.html",
        game=found,
        state=state_of(found),
        reached=view.queries.states.milestones(view.player.id, game_id),
        last_unlock=next((unlock for unlock in unlocks if unlock["gone_at"] is None), None),
        name=found["title"] or f"Game {game_id}",
        icon=view.context.icons and safe_icon(found["icon_path"]),
        snapshots=view.queries.details.of(rows[:SNAPSHOTS_PER_PAGE]),
        older=rows[SNAPSHOTS_PER_PAGE - 1]["id"] if len(rows) > SNAPSHOTS_PER_PAGE else None,
        before=before,
        is_first=len(rows) == 1 and not before,
        has_chart=bool(unlocks or found["num_achieved"] or len(rows) > 1 or before),
        shown=UNLOCKS_SHOWN,
        unlocks=unlocks,
        total=view.queries.play.total(view.player.id, game_id),
        sessions=[
            (session, played_of([session]))
            for session in view.queries.play.sessions(view.player.id, game_id, SESSIONS_SHOWN)
        ],
    )


def state_of(found: Row) -> GameState:
    """Return what the player has reached in a game."""
    progress = Progress(*(found[name] for name in PROGRESS_COLUMNS)) if found["last_seen_at"] else None
    return game_state(progress, found["award_kind"])


routes = [page("/games/{game}", game)]
