"""/changes: what changed, the newest first, of a game, a kind, a time."""

from starlette.responses import Response

from .visit import Visit, page
from .words import KINDS

PER_PAGE = 50


def changes(visit: Visit) -> Response:
    kind = visit.choice("kind", ("all", *KINDS), "")
    game_id = visit.number("game", 0) or None
    rows = visit.queries.page_of_changes(
        visit.who.id,
        PER_PAGE + 1,
        game_id=game_id,
        kind=kind or None,
        since=visit.moment("from"),
        until=visit.moment("to", end_of_day=True),
        before=visit.number("before", 0) or None,
    )
    filters = {name: visit.text(name) for name in ("kind", "game", "from", "to")}
    followed = visit.queries.games_of(visit.who.id)
    return visit.page(
        "changes.html",
        changes=rows[:PER_PAGE],
        older=rows[PER_PAGE - 1]["id"] if len(rows) > PER_PAGE else None,
        filters=filters,
        is_first=not visit.text("before"),
        named=sorted(((g["title"] or f"Game {g['game_id']}", g["game_id"]) for g in followed), key=_by_name),
    )


def _by_name(game: tuple[str, int]) -> tuple[str, int]:
    return game[0].casefold(), game[1]


routes = [page("/changes", changes)]
