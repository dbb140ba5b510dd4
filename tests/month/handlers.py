"""The answers of the simulated site; what would be computed from all rows is read from what is kept."""

from collections.abc import Callable
from datetime import datetime

from syncer.core.formats import ra_json
from syncer.demo import handlers
from syncer.demo.handlers.completion_progress import DEFAULT_ROWS, MAX_ROWS, listed_games
from syncer.demo.handlers.recently_played import DEFAULT_ROWS as RECENT_ROWS
from syncer.demo.handlers.recently_played import MAX_ROWS as MAX_RECENT
from syncer.demo.handlers.recently_played import entry as recent_entry
from syncer.demo.handlers.recently_played import is_listed
from syncer.demo.handlers.unlocks import MAX_ROWS as MAX_UNLOCKS
from syncer.demo.handlers.unlocks import unlock_entry
from syncer.demo.request import ApiRequest, cast_integer, parse_integer
from syncer.demo.response import ApiReply, as_json

from .world import MonthWorld

Handler = Callable[[MonthWorld, ApiRequest, datetime], ApiReply]


class Listing:
    """The listing of played games, built again only when something has changed."""

    def __init__(self) -> None:
        self._version = -1
        self._rows: list[dict[str, object]] = []

    def __call__(self, world: MonthWorld, request: ApiRequest, now: datetime) -> ApiReply:
        if self._version != world.version:
            self._version, self._rows = world.version, listed_games(world, world.player)
        offset = parse_integer(request, "o", 0, minimum=0)
        count = parse_integer(request, "c", DEFAULT_ROWS, minimum=1, maximum=MAX_ROWS)
        page = self._rows[offset : offset + count]
        return as_json(200, {"Count": len(page), "Total": len(self._rows), "Results": page})


def recently_played(world: MonthWorld, request: ApiRequest, now: datetime) -> ApiReply:
    offset = parse_integer(request, "o", 0, minimum=0)
    count = min(parse_integer(request, "c", RECENT_ROWS, minimum=0), MAX_RECENT)
    games, player = world.catalogue.games, world.player
    page = [games[g] for g in world.by_date()[offset : offset + count] if is_listed(world, games[g])]
    return as_json(200, [recent_entry(world, player, game, world.played_at[game.id]) for game in page])


def earned_between(world: MonthWorld, request: ApiRequest, now: datetime) -> ApiReply:
    start, end = cast_integer(request, "f"), cast_integer(request, "t")
    rows, total = [], 0
    for _, _, achievement_id, game_id in world.dates.between(start, end, MAX_UNLOCKS):
        game = world.catalogue.games[game_id]
        achievement = game.achievements[achievement_id]
        total += achievement.points
        rows.append(unlock_entry(game, achievement, world.earned(game_id)[achievement_id], total))
    return as_json(200, rows)


def game_list(world: MonthWorld, request: ApiRequest, now: datetime) -> ApiReply:
    return as_json(200, world.console_games(cast_integer(request, "i")))


def user_progress(world: MonthWorld, request: ApiRequest, now: datetime) -> ApiReply:
    ids = ra_json.game_ids(request.text("i") or "")
    found = {str(g): ra_json.progress_entry(world.progress(world.player, g).as_tuple()) for g in ids}
    return as_json(200, found)


def game_info(world: MonthWorld, request: ApiRequest, now: datetime) -> ApiReply:
    """Return the game with its unlocks and the time for which it was played."""
    reply = handlers.handle(world, request, now)
    if not reply.data:
        return reply
    return as_json(200, reply.data | {"UserTotalPlaytime": world.playtime.get(reply.data["ID"], 0)})


OWN: dict[str, Handler] = {
    "API_GetUserProgress.php": user_progress,
    "API_GetUserRecentlyPlayedGames.php": recently_played,
    "API_GetAchievementsEarnedBetween.php": earned_between,
    "API_GetGameList.php": game_list,
    "API_GetGameInfoAndUserProgress.php": game_info,
}
