"""The API as the source of the sync engine (the core's ProgressSource)."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from syncer.core.model.account import RankAndScore
from syncer.core.ratelimit.limiter import RateLimiter

from .client import Client
from .endpoints.game_unlocks import get_game_unlocks
from .endpoints.library import get_user_completion_progress
from .endpoints.points import get_user_points, get_user_rank_and_score
from .endpoints.profile import get_user_profile
from .endpoints.progress import get_user_progress
from .endpoints.recently_played import get_user_recently_played_games
from .endpoints.titles import get_console_ids, get_game, get_game_list
from .endpoints.unlocks import get_achievements_earned_between

P = ParamSpec("P")
R = TypeVar("R")


def offered(
    endpoint: Callable[Concatenate[Client, P], R],
) -> Callable[Concatenate["ApiSource", P], R]:
    """Turn an endpoint into a method with its signature and docstring."""

    @wraps(endpoint)
    def method(source: "ApiSource", /, *args: P.args, **kwargs: P.kwargs) -> R:
        return endpoint(source.client, *args, **kwargs)

    return method


class ApiSource:
    """The endpoints that the sync engine uses, one line each; those for the points are one method."""

    def __init__(self, client: Client) -> None:
        self.client = client

    @property
    def limiter(self) -> RateLimiter:
        return self.client.limiter

    @property
    def requests(self) -> int:
        return self.client.requests

    profile = offered(get_user_profile)
    recently_played = offered(get_user_recently_played_games)
    progress = offered(get_user_progress)
    completion_progress = offered(get_user_completion_progress)
    achievements_earned_between = offered(get_achievements_earned_between)
    game = offered(get_game)
    game_unlocks = offered(get_game_unlocks)
    game_list = offered(get_game_list)
    console_ids = offered(get_console_ids)

    def rank_and_score(self, username: str, *, with_rank: bool = True) -> RankAndScore:
        """Return the points and the rank; without the rank, raise PlayerNotFound for an unknown player."""
        if with_rank:
            return get_user_rank_and_score(self.client, username)
        return RankAndScore(get_user_points(self.client, username), None, is_rank_known=False)
