"""What `account_snapshots` must hold: each measure as the site's answers told it."""

from datetime import datetime, timedelta
from itertools import pairwise

from .truth import Truth

SEEN_WITHIN = timedelta(hours=50)  # the profile is asked once a day
ACCEPTED_WITHIN = timedelta(hours=40)  # three polls over six hours, of a profile that may come once a day
FIELDS = {  # of a measure in each endpoint that tells it
    "hardcore_points": {
        "GetUserProfile": "TotalPoints",
        "GetUserPoints": "Points",
        "GetUserRankAndScore": "Score",
    },
    "softcore_points": {
        "GetUserProfile": "TotalSoftcorePoints",
        "GetUserPoints": "SoftcorePoints",
        "GetUserRankAndScore": "SoftcoreScore",
    },
    "retro_points": {"GetUserProfile": "TotalTruePoints"},
}
CLOSE = timedelta(seconds=5)  # between an answer and the row that it began


def account_differences(truth: Truth, stored: list[dict[str, object]]) -> list[str]:
    """Return how the periods of the account's measures differ from what the site answered."""
    wrong = []
    for measure in FIELDS:
        mine = [one for one in stored if one["measure"] == measure]
        values = [one["value"] for one in mine]
        wrong += [f"{measure} {a} stands twice" for a, b in pairwise(values) if a == b]
        wrong += _invented(truth, measure, mine)
        wrong += _missed(truth, measure, mine)
    return wrong


def _invented(truth: Truth, measure: str, stored: list[dict[str, object]]) -> list[str]:
    """Return rows that no answer told at the moment at which they begin, and zeros that were brief lies."""
    wrong = []
    for one in stored:
        at, value = one["first_seen_at"], one["value"]
        assert isinstance(at, datetime)
        told = [
            a for a in truth.sums if abs(a.at - at) <= CLOSE and _value(a.data, a.endpoint, measure) == value
        ]
        if not told:
            wrong.append(f"{measure} {value} at {at} was not answered then")
        elif any("account, 5 h" in answer.lies for answer in told):
            wrong.append(f"{measure} {value} at {at} is a lie of five hours")
    return wrong


def _missed(truth: Truth, measure: str, stored: list[dict[str, object]]) -> list[str]:
    """Return the values that stood for days, were answered, and are not stored as of their last moment."""
    wrong = []
    ends = [at for at, _ in truth.totals[1:]] + [truth.end]
    for (since, totals), until in zip(truth.totals, ends, strict=True):
        since = max(since, truth.begun)
        value = totals[measure]
        wait = SEEN_WITHIN + (ACCEPTED_WITHIN if not any(totals.values()) else timedelta(0))
        answered = any(a.at >= since + wait and a.at < until and not a.lies for a in truth.sums)
        if until - since >= wait and answered and _as_of(stored, until) != value:
            wrong.append(
                f"{measure} {value} stood from {since} to {until}; stored is {_as_of(stored, until)}"
            )
    return wrong


def _as_of(stored: list[dict[str, object]], moment: datetime) -> object:
    """Return the value known just before a moment."""
    known = [one["value"] for one in stored if one["first_seen_at"] < moment]  # type: ignore[operator]
    return known[-1] if known else None


def _value(data: object, endpoint: str, measure: str) -> object:
    name = FIELDS[measure].get(endpoint)
    return data.get(name) if isinstance(data, dict) and name else None
