"""`syncer account` shows of a day's new ranks the last one, and every other change."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from syncer.cli.commands.account import without_rank_steps

MORNING = datetime(2026, 3, 1, 6, tzinfo=UTC)


def row(
    hours: float, rank: int | None, points: int = 100, *, player: int = 1, after_gap: bool = False
) -> Any:
    moment = MORNING + timedelta(hours=hours)
    totals = {"hardcore_points": points, "softcore_points": 0, "retro_points": 200, "rank": rank}
    return {"player_id": player, "changed_at": moment, "after_gap": after_gap, **totals}


def shown(*rows: Any, zone: str = "UTC") -> list[int | None]:
    return [one["rank"] for one in without_rank_steps(rows, ZoneInfo(zone))]


def test_of_ranks_of_one_day_the_last_is_shown_and_the_first_row_stays() -> None:
    assert shown(*(row(n, 900 - n) for n in range(5))) == [900, 896]
    assert shown(*(row(n, 900 - n) for n in range(0, 40, 8))) == [900, 884, 868]


def test_a_day_is_one_of_the_zone() -> None:
    rows = [row(n, 900 - n) for n in (0, 4, 8)]  # in Auckland midnight is at 11:00 UTC
    assert shown(*rows) == [900, 892]
    assert shown(*rows, zone="Pacific/Auckland") == [900, 896, 892]


def test_new_points_gaps_and_other_players_are_always_shown() -> None:
    rows = (row(0, 900), row(1, 899), row(2, 890, 110), row(3, 889, 110), row(4, 888, 110))
    assert shown(*rows) == [900, 899, 890, 888]
    assert shown(row(0, 900), row(1, 899), row(2, 898, after_gap=True), row(3, 897)) == [900, 899, 898, 897]
    assert shown(row(0, 900), row(1, 899), row(2, 50, player=2), row(3, 49, player=2)) == [900, 899, 50, 49]


def test_a_rank_that_comes_just_after_the_points_needs_no_row_of_its_own() -> None:
    assert shown(row(0, None), row(0.001, 900), row(30, 899)) == [900, 899]
    assert shown(row(0, None), row(30, 899)) == [None, 899]


def test_nothing_stays_nothing() -> None:
    assert shown() == []
