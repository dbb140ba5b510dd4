"""GetUserPoints (site-api.md 5.13) and GetUserRankAndScore (5.15)."""

from datetime import datetime

from syncer.demo.request import ApiRequest, parse_user
from syncer.demo.response import ApiReply, as_json
from syncer.demo.world import World


def get_user_points(world: World, request: ApiRequest, now: datetime) -> ApiReply:
    account = world.resolve(parse_user(request))
    if account is None:
        return as_json(404, {})
    hardcore, softcore = world.points(account)
    return as_json(200, {"Points": hardcore, "SoftcorePoints": softcore})


def get_user_rank_and_score(world: World, request: ApiRequest, now: datetime) -> ApiReply:
    """Return the points and the rank; zeros, and not 404, for an unknown player (section 13, 32)."""
    account = world.resolve(parse_user(request))
    hardcore, softcore = (0, 0) if account is None else world.points(account)
    return as_json(
        200,
        {
            "Score": hardcore,
            "SoftcoreScore": softcore,
            "Rank": account and world.rankings.rank(account, hardcore, now),
            "TotalRanked": world.rankings.total,
        },
    )
