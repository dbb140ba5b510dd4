"""/games: all followed games, filtered, sorted and searched, fifty at a time."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from starlette.responses import Response

from syncer.core.formats.search import is_found
from syncer.core.formats.text import fold
from syncer.core.milestones.states import BEATEN, GameState
from syncer.core.model.progress import EPOCH, PROGRESS_COLUMNS
from syncer.core.polling.hours import TotalPlayed
from syncer.store.read.base import Row
from syncer.store.read.game_list import ListedGame
from syncer.web.app.player_request import PlayerRequest, page

PER_PAGE = 50
MAX_CONSOLE = 255  # characters, as many as are stored of a name: the page links each
STATE_ORDER = {state: place for place, state in enumerate(reversed(GameState))}
SORTS: dict[
    str, tuple[str, bool, Callable[[ListedGame], Any]]
] = {  # name, whether the largest comes first, key
    "last": ("last unlock", True, lambda g: g.last_unlocked_at or EPOCH),
    # Padded, so that games without a title are in the order of their numbers.
    "title": ("title", False, lambda g: fold(g.title or f"game {g.game_id:9}")),
    # "~" comes after all letters: games of an unknown console are last.
    "console": ("console", False, lambda g: (fold(g.console_name or "~"), fold(g.title or ""))),
    "state": ("state", True, lambda g: (STATE_ORDER[g.state], g.percent)),
    "percent": ("percent", True, lambda g: g.percent),
    "unlocked": ("unlocked", True, lambda g: g.progress.num_achieved if g.progress else -1),
    "hardcore": ("hardcore", True, lambda g: g.progress.num_achieved_hardcore if g.progress else -1),
    "points": ("points", True, lambda g: g.progress.score_achieved if g.progress else -1),
    "left": ("points left", True, lambda g: points_left(g)),
    "played": ("hours played", True, lambda g: 0),  # by what is read for it alone
}


@dataclass
class ConsoleSums:
    """What was reached in the games of one console. `beaten`: in hardcore or softcore, and no more."""

    games: int = 0
    mastered: int = 0
    completed: int = 0
    beaten: int = 0
    achieved: int = 0
    points: int = 0

    def add(self, game: ListedGame) -> None:
        self.games += 1
        self.mastered += game.state is GameState.MASTERED
        self.completed += game.state is GameState.COMPLETED
        self.beaten += game.state in BEATEN
        self.achieved += game.progress.num_achieved if game.progress else 0
        self.points += game.progress.score_achieved if game.progress else 0


def games(view: PlayerRequest) -> Response:
    parameters = view.parameters
    words, console = parameters.text("q"), parameters.text("console", MAX_CONSOLE)
    state = parameters.choice("state", [state.value for state in GameState], "")
    sort = parameters.choice("sort", SORTS, "last")
    order = parameters.choice("order", ("up", "down"), first_order(sort))
    everything = view.queries.game_list.all(view.player.id)
    found = [game for game in everything if matches(game, words, state, console)]
    played = view.queries.play.totals(view.player.id) if sort == "played" else None
    found.sort(key=played_key(played) if played is not None else SORTS[sort][2], reverse=order == "down")
    pages = max(1, -(-len(found) // PER_PAGE))
    # A page that no longer exists, as after a narrower search, becomes the last one.
    number = min(parameters.number("page", 1), pages)
    shown = found[(number - 1) * PER_PAGE : number * PER_PAGE]
    if played is None:
        played = view.queries.play.totals(view.player.id, [game.game_id for game in shown])
    return view.page(
        "games.html",
        games=[row_of(game, played.get(game.game_id)) for game in shown],
        has_played=any(game.game_id in played for game in shown),
        total=len(found),
        filters={"q": words, "state": state, "console": console},
        consoles=by_console(everything),
        sort=sort,
        sorts={name: text for name, (text, _, _) in SORTS.items()},
        order=order,
        first_order=first_order,
        number=number,
        pages=pages,
    )


def first_order(sort: str) -> str:
    """Return the order in which a column is sorted first."""
    return "down" if SORTS[sort][1] else "up"


def played_key(played: Mapping[int, TotalPlayed]) -> Callable[[ListedGame], timedelta]:
    none = timedelta(0)
    return lambda game: played[game.game_id].played.middle if game.game_id in played else none


def points_left(game: ListedGame) -> int:
    return game.progress.possible_score - game.progress.score_achieved if game.progress else -1


def matches(game: ListedGame, words: str, state: str, console: str) -> bool:
    """Return whether a game has the state and the console, and the words in title, console or id."""
    if (state and game.state.value != state) or (console and (game.console_name or "") != console):
        return False
    return is_found(words, game.game_id, game.title, game.console_name)


def row_of(game: ListedGame, played: TotalPlayed | None) -> Row:
    """Return a game as the template shows it."""
    numbers: Row = dict.fromkeys(PROGRESS_COLUMNS)
    numbers |= game.progress._asdict() if game.progress else {}
    left = points_left(game) if game.progress else None
    return asdict(game) | numbers | {"played": played.played if played else None, "points_left": left}


def by_console(everything: Iterable[ListedGame]) -> dict[str, ConsoleSums]:
    """Return what was reached on each console, the one with most games first; events do not count."""
    sums: dict[str, ConsoleSums] = {}
    for game in everything:
        if not game.is_event:
            sums.setdefault(game.console_name or "", ConsoleSums()).add(game)
    return dict(sorted(sums.items(), key=lambda pair: (-pair[1].games, pair[0])))


routes = [page("/games", games)]
