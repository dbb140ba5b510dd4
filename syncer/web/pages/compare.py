"""/compare: two players side by side."""

from dataclasses import dataclass

from starlette.responses import RedirectResponse, Response

from syncer.core.model.progress import GameId, Progress
from syncer.store.read.game_list import ListedGame
from syncer.web.app.other_player import other_player
from syncer.web.app.player_request import PlayerRequest, page

PER_PAGE = 50
CHART_SPAN = 366  # days, at first


@dataclass(frozen=True, slots=True)
class CommonGame:
    """A game that both players follow. `lead`: how many points the first one has more; negative: less."""

    game_id: GameId
    title: str | None
    console_name: str | None
    first: Progress
    second: Progress

    @property
    def lead(self) -> int:
        return self.first.score_achieved - self.second.score_achieved


def compare(view: PlayerRequest) -> Response:
    other = other_player(view)
    if other is None:
        return RedirectResponse(view.to("/players"), 303)
    both, queries = [view.player, other], view.queries
    games = common_games(*(queries.game_list.all(player.id) for player in both))
    pages = max(1, -(-len(games) // PER_PAGE))
    number = min(view.parameters.number("page", 1), pages)
    return view.page(
        "compare.html",
        other=other,
        rows=queries.player_table.of(both, view.context.zone, view.now, view.context.gap_after),
        reached=queries.states.counts([player.id for player in both]),
        games=games[(number - 1) * PER_PAGE : number * PER_PAGE],
        total=len(games),
        ahead=sum(game.lead > 0 for game in games),
        behind=sum(game.lead < 0 for game in games),
        days=CHART_SPAN,
        number=number,
        pages=pages,
    )


def common_games(first: list[ListedGame], second: list[ListedGame]) -> list[CommonGame]:
    """Return the games that both follow, those with the greatest difference of points first."""
    theirs = {game.game_id: game.progress for game in second if game.removed_at is None}
    found = [
        CommonGame(game.game_id, game.title, game.console_name, game.progress, progress)
        for game in first
        if game.progress and game.removed_at is None and (progress := theirs.get(game.game_id))
    ]
    return sorted(found, key=lambda game: (-abs(game.lead), game.title or "", game.game_id))


routes = [page("/compare", compare)]
