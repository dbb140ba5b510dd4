"""/players: all followed players, sorted and searched, fifty at a time."""

from collections.abc import Callable, Sequence
from typing import Any

from starlette.responses import RedirectResponse, Response

from syncer.core.formats.text import fold, natural_key
from syncer.store.read.player_table import ListedPlayer
from syncer.store.read.players import PlayerRef
from syncer.web.app.player_request import PlayerRequest, page

PER_PAGE = 50
BY_WEEK = ("week", "streak")  # sorts that need what is read for the shown players only
SORTS: dict[str, tuple[str, bool, Callable[[ListedPlayer], Any]]] = {  # name, whether the largest comes first
    "points": ("hardcore points", True, lambda p: p.hardcore_points),
    "softcore": ("softcore points", True, lambda p: p.softcore_points),
    "rank": ("rank", False, lambda p: p.rank),
    "name": ("name", False, lambda p: natural_key(p.player.username)),
    "week": ("points in 7 days", True, lambda p: p.points),
    "streak": ("streak", True, lambda p: p.streak.days if p.streak else None),
    "last": ("last unlock", True, lambda p: p.last_unlocked_at),
}


def players(view: PlayerRequest) -> Response:
    parameters = view.parameters
    words, sort = parameters.text("q"), parameters.choice("sort", SORTS, "points")
    order = parameters.choice("order", ("up", "down"), first_order(sort))
    named = [player for player in view.all_players if fold(words) in fold(player.username)]
    if chosen := _chosen(named, words):
        return RedirectResponse(view.to("/", player=chosen.username), 303)
    found, is_whole = view.queries.player_table.totals(named), sort in BY_WEEK
    if is_whole:
        found = with_week(view, found)
    # By name where the values are equal: sorted() keeps the former order.
    found = in_order(in_order(found, "name"), sort, down=order == "down")
    pages = max(1, -(-len(found) // PER_PAGE))
    number = min(parameters.number("page", 1), pages)
    shown = found[(number - 1) * PER_PAGE : number * PER_PAGE]
    return view.page(
        "players.html",
        players=shown if is_whole else with_week(view, shown),
        total=len(found),
        words=words,
        sort=sort,
        sorts={name: text for name, (text, _, _) in SORTS.items()},
        order=order,
        first_order=first_order,
        number=number,
        pages=pages,
    )


def with_week(view: PlayerRequest, rows: list[ListedPlayer]) -> list[ListedPlayer]:
    """Return the players with what takes long for a thousand of them."""
    table, context = view.queries.player_table, view.context
    return table.with_week(rows, context.zone, view.now, context.gap_after)


def in_order(rows: Sequence[ListedPlayer], sort: str, *, down: bool = False) -> list[ListedPlayer]:
    """Return the players sorted; those of whom the value is not known come last in both directions."""
    value = SORTS[sort][2]
    known = sorted((row for row in rows if value(row) is not None), key=value, reverse=down)
    return known + [row for row in rows if value(row) is None]


def first_order(sort: str) -> str:
    """Return the order in which a column is sorted first."""
    return "down" if SORTS[sort][1] else "up"


def _chosen(named: Sequence[PlayerRef], name: str) -> PlayerRef | None:
    """Return the only player with this name; of names that differ by case only, the one written like this."""
    found = [player for player in named if player.username.lower() == name.lower()]
    exact = [player for player in found if player.username == name]
    return next((same[0] for same in (exact, found) if len(same) == 1), None)


routes = [page("/players", players)]
