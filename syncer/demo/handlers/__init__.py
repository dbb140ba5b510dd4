"""The replies of the simulated site: one table of handlers, one check of keys."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeAlias

from syncer.demo.request import ApiRequest
from syncer.demo.response import ApiReply, InvalidParameter, failure, unauthenticated
from syncer.demo.world import World

from .completion_progress import get_user_completion_progress
from .game_progress import get_game_info_and_user_progress
from .recently_played import get_user_recently_played_games
from .titles import get_console_ids, get_game, get_game_list
from .unlocks import get_achievements_earned_between, get_user_recent_achievements
from .user_awards import get_user_awards
from .user_points import get_user_points, get_user_rank_and_score
from .user_profile import get_user_profile
from .user_progress import get_user_progress

Handler: TypeAlias = Callable[[World, ApiRequest, datetime], ApiReply]


# The site withdrew these two; clients must not take 410 for an outage (site-api.md section 4).
def retired(world: World, request: ApiRequest, now: datetime) -> ApiReply:
    return failure(410, "Gone", "gone")


HANDLERS: Mapping[str, Handler] = {
    "/API/API_GetAchievementsEarnedBetween.php": get_achievements_earned_between,
    "/API/API_GetConsoleIDs.php": get_console_ids,
    "/API/API_GetFeed.php": retired,
    "/API/API_GetGame.php": get_game,
    "/API/API_GetGameInfoAndUserProgress.php": get_game_info_and_user_progress,
    "/API/API_GetGameList.php": get_game_list,
    "/API/API_GetGameRating.php": retired,
    "/API/API_GetUserAwards.php": get_user_awards,
    "/API/API_GetUserCompletionProgress.php": get_user_completion_progress,
    "/API/API_GetUserPoints.php": get_user_points,
    "/API/API_GetUserProfile.php": get_user_profile,
    "/API/API_GetUserProgress.php": get_user_progress,
    "/API/API_GetUserRankAndScore.php": get_user_rank_and_score,
    "/API/API_GetUserRecentAchievements.php": get_user_recent_achievements,
    "/API/API_GetUserRecentlyPlayedGames.php": get_user_recently_played_games,
}


def has_valid_key(world: World, request: ApiRequest) -> bool:
    return bool(request.key) and world.accounts.owner_of(request.key) is not None


def handle(world: World, request: ApiRequest, now: datetime) -> ApiReply:
    """Return the reply; the key is checked first, even before the path (site-api.md section 2)."""
    if not has_valid_key(world, request):
        return unauthenticated()
    handler = HANDLERS.get(request.path)
    if handler is None:
        return failure(404, "Not Found", "not_found")
    try:
        return handler(world, request, now)
    except InvalidParameter as error:
        return error.reply
