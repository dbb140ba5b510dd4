"""A review as values for --json."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, timedelta
from itertools import zip_longest
from typing import Any

from syncer.core.milestones.streaks import longest_streak
from syncer.core.model.library import AwardKind
from syncer.core.review.figures import best_of, busiest_hour, by_week, rarest_hour
from syncer.core.review.model import PeriodSums, Review, Tally, Unlocked

HOUR = timedelta(hours=1)
MODES = ("hardcore", "softcore", "upgraded")
NO_TALLY = {"achievements": None, "points": None}
NOT_READ: dict[str, Any] = {
    **dict.fromkeys(("unlocked", *MODES), NO_TALLY),
    **dict.fromkeys(("games", "days")),
    "best_day": {"day": None, **NO_TALLY},
    "best_week": {"monday": None, **NO_TALLY},
    "longest_streak": {"days": None, "last_day": None},
    "achievements_by_hour": [],
    **dict.fromkeys(("busiest_hour", "rarest_hour")),
    "consoles": [],
    "best_games": [],
}


def review_values(username: str, review: Review) -> dict[str, Any]:
    """Return the entry of one player; what is not known is None, and a list of it is empty."""
    sums = review.sums
    played = (review.played.least, review.played.most) if review.played else ()
    hours = [round(length / HOUR, 2) for length in played]
    return {
        "username": username,
        "unlocks_known_until": review.known.unlocks_until,
        "polled_since": review.known.polled_since,
        "gaps": {"count": review.known.gaps.count, "seconds": int(review.known.gaps.length.total_seconds())},
        **(_of_unlocks(review.unlocked, sums) if review.unlocked else NOT_READ),
        "sets": {kind.value.replace("-", "_"): sums.count(kind) for kind in AwardKind},
        "reached": [_of_game(one, "console_name", "kind", "at", "is_exact") for one in sums.reached],
        "played_hours": dict(zip_longest(("least", "most"), hours)),
        "revised_sets": [
            _of_game(one, "revisions")
            | {"achievements_before": one.before, "achievements_after": one.after}
            | {"last_revised_at": one.last_at, "was_complete": one.was_full}
            for one in review.revised
        ],
    }


def _of_unlocks(unlocked: Unlocked, sums: PeriodSums) -> dict[str, Any]:
    days, weeks = sums.days, by_week(sums.days)
    length, last = longest_streak(days)
    return {
        "unlocked": asdict(sums.total),
        **{name: asdict(getattr(unlocked.modes, name)) for name in MODES},
        "games": unlocked.game_count,
        "days": len(days),
        "best_day": _best("day", days),
        "best_week": _best("monday", weeks),
        "longest_streak": {"days": length, "last_day": last},
        "achievements_by_hour": list(unlocked.hours),
        "busiest_hour": busiest_hour(unlocked.hours),
        "rarest_hour": rarest_hour(unlocked.hours),
        "consoles": [
            {"console_name": one.name, **asdict(one.unlocked), "games": one.games}
            for one in unlocked.consoles
        ],
        "best_games": [_of_game(one) | asdict(one.unlocked) for one in unlocked.games],
    }


def _best(name: str, sums: Mapping[date, Tally]) -> dict[str, Any]:
    best = best_of(sums)
    return {name: best, **(asdict(sums[best]) if best else NO_TALLY)}


def _of_game(row: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("game_id", "title", *names)}
