"""/games: all followed games, sorted and searched, a hundred at a time."""

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from syncer.core.formats.text import fold
from syncer.store.read.base import Row
from syncer.web.app.player_request import PlayerRequest, page

PER_PAGE = 100
SORTS: dict[str, tuple[Callable[[Row], Any], bool]] = {  # the key, and whether the largest comes first
    "changed": (lambda g: g["first_seen_at"].timestamp() if g["first_seen_at"] else 0.0, True),
    # Padded, so that games without a title are in the order of their numbers.
    "title": (lambda g: ((g["title"] or f"game {g['game_id']:9}").casefold(), g["game_id"]), False),
    # "~" comes after all letters: games of an unknown console are last.
    "console": (lambda g: ((g["console_name"] or "~").casefold(), (g["title"] or "").casefold()), False),
    "percent": (lambda g: g["percent"] or 0.0, True),
    "unlocked": (lambda g: g["num_achieved"] or 0, True),
    "hardcore": (lambda g: g["num_achieved_hardcore"] or 0, True),
    "points": (lambda g: g["score_achieved"] or 0, True),
    "left": (lambda g: g["points_left"] or 0, True),
}


def games(view: PlayerRequest) -> Response:
    words, sort = view.parameters.text("q"), view.parameters.choice("sort", SORTS, "changed")
    order = view.parameters.choice("order", ("up", "down"), "down" if SORTS[sort][1] else "up")
    found = [game for game in view.queries.web.games(view.player.id) if matches(game, words)]
    found.sort(key=SORTS[sort][0], reverse=order == "down")
    pages = max(1, -(-len(found) // PER_PAGE))
    # A page that no longer exists, as after a narrower search, becomes the last one.
    number = min(view.parameters.number("page", 1), pages)
    return view.page(
        "games.html",
        games=found[(number - 1) * PER_PAGE : number * PER_PAGE],
        total=len(found),
        words=words,
        sort=sort,
        order=order,
        first_order={name: "down" if down else "up" for name, (_, down) in SORTS.items()},
        number=number,
        pages=pages,
    )


def matches(game: Row, words: str) -> bool:
    """Return whether title or console contain the words, in any case, or the id equals them."""
    text = fold(f"{game['title'] or ''}\n{game['console_name'] or ''}")
    return fold(words) in text or words == str(game["game_id"])


routes = [page("/games", games)]
