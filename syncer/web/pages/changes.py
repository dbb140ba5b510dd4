"""/changes: all changes, newest first, filtered by game, kind and time."""

from datetime import date, datetime, timedelta

from starlette.responses import Response

from syncer.web.app.player_request import PlayerRequest, page
from syncer.web.rendering.filters import CHANGE_LABELS

PER_PAGE = 50
DAY, YEAR = timedelta(days=1), timedelta(days=365)


def changes(view: PlayerRequest) -> Response:
    kind = view.parameters.choice("kind", ("all", *CHANGE_LABELS), "")
    game_id = view.parameters.number("game", 0) or None
    search_start = search_window_start(view, kind, game_id)
    rows = view.queries.web.changes(
        view.player.id,
        PER_PAGE + 1,
        game_id=game_id,
        kind=kind or None,
        since=search_start or view.parameters.moment("from"),
        until=view.parameters.moment("to", end_of_day=True),
        before=view.parameters.number("before", 0) or None,
    )
    filters = {name: view.parameters.text(name) for name in ("kind", "game", "from", "to")}
    followed = view.queries.web.games(view.player.id)
    return view.page(
        "changes.html",
        changes=rows[:PER_PAGE],
        older=rows[PER_PAGE - 1]["id"] if len(rows) > PER_PAGE else None,
        filters=filters,
        further=continue_before(view, search_start),
        searched=search_start,
        is_first=not view.parameters.text("before"),
        game_titles=sorted(
            ((g["title"] or f"Game {g['game_id']}", g["game_id"]) for g in followed), key=_by_title
        ),
    )


def search_window_start(view: PlayerRequest, kind: str, game_id: int | None) -> datetime | None:
    """Return where a search for one kind starts: a year back; None if the whole history may be searched.

    No index holds the kinds: without the limit, a rare one would cost a scan of all rows.
    """
    if kind in ("", "all") or game_id or view.parameters.text("from"):
        return None
    until = view.parameters.moment("to", end_of_day=True) or view.now
    return view.start_of_day(until.astimezone(view.context.zone).date() - YEAR)


def continue_before(view: PlayerRequest, search_start: datetime | None) -> date | None:
    """Return the last day before the searched window, if the history is older than that."""
    first = view.queries.players.first_poll(view.player.id) if search_start else None
    if search_start is None or first is None or first >= search_start:
        return None
    return search_start.astimezone(view.context.zone).date() - DAY


def _by_title(game: tuple[str, int]) -> tuple[str, int]:
    return game[0].casefold(), game[1]


routes = [page("/changes", changes)]
