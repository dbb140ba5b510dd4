"""What the API answers on a fair day: one table, one family of endpoints per file, one check of keys."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeAlias

from syncer.demo.request import ApiRequest
from syncer.demo.response import ApiReply, Refused, failure, unauthenticated
from syncer.demo.world import World

from .completion_progress import get_user_completion_progress
from .game_progress import get_game_info_and_user_progress
from .titles import get_console_ids, get_game, get_game_list
from .unlocks import get_achievements_earned_between, get_user_recent_achievements
from .user_awards import get_user_awards
from .user_profile import get_user_profile
from .user_progress import get_user_progress

Endpoint: TypeAlias = Callable[[World, ApiRequest, datetime], ApiReply]


def retired(world: World, question: ApiRequest, now: datetime) -> ApiReply:
    return failure(410, "Gone", "gone")


ENDPOINTS: Mapping[str, Endpoint] = {
    "/API/API_GetAchievementsEarnedBetween.php": get_achievements_earned_between,
    "/API/API_GetConsoleIDs.php": get_console_ids,
    "/API/API_GetFeed.php": retired,
    "/API/API_GetGame.php": get_game,
    "/API/API_GetGameInfoAndUserProgress.php": get_game_info_and_user_progress,
    "/API/API_GetGameList.php": get_game_list,
    "/API/API_GetGameRating.php": retired,
    "/API/API_GetUserAwards.php": get_user_awards,
    "/API/API_GetUserCompletionProgress.php": get_user_completion_progress,
    "/API/API_GetUserProfile.php": get_user_profile,
    "/API/API_GetUserProgress.php": get_user_progress,
    "/API/API_GetUserRecentAchievements.php": get_user_recent_achievements,
}


def knows_key(world: World, question: ApiRequest) -> bool:
    return bool(question.key) and world.owner_of(question.key) is not None


def answer(world: World, question: ApiRequest, now: datetime) -> ApiReply:
    """The key comes before everything, even before whether the endpoint exists (site-api.md section 2)."""
    if not knows_key(world, question):
        return unauthenticated()
    endpoint = ENDPOINTS.get(question.path)
    if endpoint is None:
        return failure(404, "Not Found", "not_found")
    try:
        return endpoint(world, question, now)
    except Refused as refused:
        return refused.reply
