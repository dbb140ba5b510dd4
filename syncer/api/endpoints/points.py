"""GetUserPoints (site-api.md 5.13) and GetUserRankAndScore (5.15): the account's sums and its rank."""

from syncer.api.client import Client, JsonResponse
from syncer.api.excerpt import evidence
from syncer.api.fields import FieldError, decoration, field, identity_or_none, number, number_or_none
from syncer.core.errors import BatchError
from syncer.core.model.account import RankAndScore
from syncer.core.model.mass_drop import AccountSums

from .profile import request_about_player


def get_user_points(client: Client, username: str) -> AccountSums:
    """Return the account's points in hardcore, and in softcore only. Raises PlayerNotFound."""
    return _sums(request_about_player(client, "API_GetUserPoints.php", username), "Points", "SoftcorePoints")


def get_user_rank_and_score(client: Client, username: str) -> RankAndScore:
    """Return the account's points and its rank, which can be older than the points by a quarter of an hour.

    An unknown player has no points and no rank, too: confirm zeros by requesting the points alone.
    """
    answer = client.get_json("API_GetUserRankAndScore.php", {"u": username})
    sums, value = _sums(answer, "Score", "SoftcoreScore"), answer.value
    rank, total = identity_or_none(value, "Rank"), number_or_none(value, "TotalRanked")
    is_known = rank is not None or decoration(field, value, "Rank", "") is None
    return RankAndScore(sums, rank, is_known, total, answer.date, answer.at)


def _sums(answer: JsonResponse, hardcore: str, softcore: str) -> AccountSums:
    try:
        return AccountSums(number(answer.value, hardcore), number(answer.value, softcore))
    except FieldError as error:
        raise BatchError(f"not the account's points: {error}", raw=evidence(answer.value)) from None
