"""/changes: what changed, the newest first, of a game, a kind, a time."""

from datetime import date, datetime, timedelta

from starlette.responses import Response

from syncer.web.app.player_request import PlayerRequest, page
from syncer.web.rendering.filters import CHANGE_LABELS

PER_PAGE = 50
DAY, YEAR = timedelta(days=1), timedelta(days=365)


def changes(visit: PlayerRequest) -> Response:
    kind = visit.choice("kind", ("all", *CHANGE_LABELS), "")
    game_id = visit.number("game", 0) or None
    searched = searched_from(visit, kind, game_id)
    rows = visit.queries.web.changes(
        visit.player.id,
        PER_PAGE + 1,
        game_id=game_id,
        kind=kind or None,
        since=searched or visit.moment("from"),
        until=visit.moment("to", end_of_day=True),
        before=visit.number("before", 0) or None,
    )
    filters = {name: visit.text(name) for name in ("kind", "game", "from", "to")}
    followed = visit.queries.web.games(visit.player.id)
    return visit.page(
        "changes.html",
        changes=rows[:PER_PAGE],
        older=rows[PER_PAGE - 1]["id"] if len(rows) > PER_PAGE else None,
        filters=filters,
        further=further(visit, searched),
        searched=searched,
        is_first=not visit.text("before"),
        named=sorted(((g["title"] or f"Game {g['game_id']}", g["game_id"]) for g in followed), key=_by_name),
    )


def searched_from(visit: PlayerRequest, kind: str, game_id: int | None) -> datetime | None:
    """No index tells of kinds: of a rare one, a year is searched at a time, not every row there is."""
    if kind in ("", "all") or game_id or visit.text("from"):
        return None
    until = visit.moment("to", end_of_day=True) or visit.now
    return visit.start_of_day(until.astimezone(visit.context.zone).date() - YEAR)


def further(visit: PlayerRequest, searched: datetime | None) -> date | None:
    """The last day before what was searched, where there is anything so old."""
    first = visit.queries.players.first_poll(visit.player.id) if searched else None
    if searched is None or first is None or first >= searched:
        return None
    return searched.astimezone(visit.context.zone).date() - DAY


def _by_name(game: tuple[str, int]) -> tuple[str, int]:
    return game[0].casefold(), game[1]


routes = [page("/changes", changes)]
