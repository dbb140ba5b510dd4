"""A call of each endpoint of the library, for tests of what they have in common."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from syncer.api import RetroAchievements

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
CALLS: dict[str, Callable[[RetroAchievements], object]] = {
    "completion": lambda ra: ra.get_user_completion_progress("Max"),
    "recent": lambda ra: ra.get_user_recently_played_games("Max"),
    "points": lambda ra: ra.get_user_points("Max"),
    "rank": lambda ra: ra.get_user_rank_and_score("Max"),
    "unlocks": lambda ra: ra.get_achievements_earned_between("Max", NOON - DAY, NOON + 9 * DAY),
    "game": lambda ra: ra.get_game(1),
    "games": lambda ra: ra.get_game_list(7),
    "consoles": lambda ra: ra.get_console_ids(),
}
