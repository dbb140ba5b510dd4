"""What the ready queries about the account's totals must answer."""

from collections import defaultdict
from datetime import date, datetime, tzinfo
from itertools import pairwise

from .sql_answer_tools import Answer, answers
from .sql_world import Facts


def series(f: Facts, player: int, measure: str) -> list[tuple[datetime, int]]:
    """Return when each value that is none was first seen, oldest first."""
    rows = [r for r in f.account_snapshots if (r["player_id"], r["measure"]) == (player, measure)]
    return sorted((r["first_seen_at"], r["value"]) for r in rows if r["value"] is not None)


@answers
def rank_by_month(f: Facts, player: int, since: datetime, until: datetime, zone: tzinfo) -> Answer:
    months: dict[str, list[int]] = defaultdict(list)
    for moment, rank in series(f, player, "rank"):
        if since <= moment < until:
            months[f"{moment.astimezone(zone):%Y-%m}"].append(rank)
    return [(month, min(ranks), max(ranks), ranks[-1]) for month, ranks in sorted(months.items())]


@answers
def retro_points_per_day(f: Facts, player: int, since: datetime, until: datetime, zone: tzinfo) -> Answer:
    days: dict[date, int] = defaultdict(int)
    for (_, before), (moment, value) in pairwise(series(f, player, "retro_points")):
        if value != before and since <= moment < until:
            days[moment.astimezone(zone).date()] += value - before
    return sorted(days.items())
