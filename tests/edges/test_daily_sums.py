"""Sums by day of several time zones, over five months with a clock change, against sums of plain Python."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from syncer.core.model.progress import EPOCH
from syncer.store.db.engine import Database
from syncer.store.read.queries import Queries

from .sql_answer_tools import changes
from .sql_parameters import FACTS
from .sql_world import EVENT, NOW, START, Row

ZONES = (
    *("UTC", "Europe/Berlin", "America/New_York", "America/St_Johns", "Asia/Kathmandu"),
    *("Australia/Lord_Howe", "Africa/Cairo", "America/Havana", "Pacific/Kiritimati"),
)
MIDDLE = START + (NOW - START) / 3
SPANS = ((EPOCH, NOW), (MIDDLE, NOW - (NOW - START) / 4))
Change = tuple[datetime, int, int]


def plain(zone: ZoneInfo, changes: Iterable[Change]) -> dict[str, tuple[int, int]]:
    days: dict[str, tuple[int, int]] = {}
    for at, first, second in changes:
        day = f"{at.astimezone(zone):%Y-%m-%d}"
        before = days.get(day, (0, 0))
        days[day] = before[0] + first, before[1] + second
    return dict(sorted(days.items()))


def of(rows: list[Row], *names: str, day: str = "day") -> dict[str, tuple[int, ...]]:
    return {row[day]: tuple(row[name] for name in names) for row in rows}


def score_deltas(player: int) -> Iterable[Change]:
    for _, before, row in changes(FACTS, player):
        if row["game_id"] != EVENT:
            deltas = (
                row[name] - (before[name] if before else 0)
                for name in ("score_achieved", "score_achieved_hardcore")
            )
            yield row["first_seen_at"], *deltas


def gains(player: int) -> Iterable[Change]:
    for _, before, row in changes(FACTS, player):
        if before is None or row["game_id"] == EVENT or row["restored_achievements"] is None:
            continue
        delta = row["num_achieved"] - before["num_achieved"]
        new = delta - row["restored_achievements"]
        if delta > 0 < new and row["num_possible_achievements"] and before["num_possible_achievements"]:
            points = row["score_achieved"] - before["score_achieved"] - row["restored_points"]
            yield row["first_seen_at"], new, points


def first_unlocks(player: int) -> list[Any]:
    """Return the first unlock of each achievement that is not gone: hardcore counts where both are equal."""
    first: dict[int, Any] = {}
    for row in FACTS.unlocks:
        if row["player_id"] == player and row["gone_at"] is None and row["game_id"] != EVENT:
            other = first.get(row["achievement_id"])
            if other is None or (row["unlocked_at"], row["hardcore"]) < (
                other["unlocked_at"],
                other["hardcore"],
            ):
                first[row["achievement_id"]] = row
    return list(first.values())


@pytest.mark.parametrize("player", [1, 2])
@pytest.mark.parametrize("name", ZONES)
def test_sums_by_day_are_the_plain_sums(databases: dict[str, Database], name: str, player: int) -> None:
    zone, polled, gained = ZoneInfo(name), list(score_deltas(player)), list(gains(player))
    unlocked = [(u["unlocked_at"], 1, u["points"]) for u in first_unlocks(player)]
    for database in databases.values():
        queries = Queries(database)
        for since, until in SPANS:
            within = [change for change in polled if since < change[0] <= until]
            found = queries.daily.point_changes(player, zone, since, until)
            assert of(found, "points", "hardcore") == plain(zone, [one for one in within if any(one[1:])])
            found = queries.series.score_changes(player, zone, since, until)
            assert of(found, "points", "hardcore", day="bucket") == plain(zone, within)
            found = queries.daily.observed_gains(player, zone, since, until)
            within = [change for change in gained if since <= change[0] < until]
            assert of(found, "achievements", "points") == plain(zone, within)
            found = queries.daily.unlocks(player, zone, since, until)
            within = [change for change in unlocked if since <= change[0] < until]
            assert of(found, "achievements", "points") == plain(zone, within)
    assert polled
    assert gained
    assert unlocked


@pytest.mark.parametrize("name", ZONES)
def test_points_unlocked_by_day_are_the_plain_sums(databases: dict[str, Database], name: str) -> None:
    zone, ids = ZoneInfo(name), {t["game_id"] for t in FACTS.targets if t["player_id"] == 1}
    mine = [u for u in first_unlocks(1) if u["game_id"] in ids and u["unlocked_at"] < NOW]
    wanted = plain(zone, [(u["unlocked_at"], u["points"], u["points"] * u["hardcore"]) for u in mine])
    assert len(wanted) > 40
    for database in databases.values():
        found = Queries(database).daily.points_unlocked(1, zone, NOW)
        assert of(found, "points", "hardcore") == wanted
        assert all(f"{row['at'].astimezone(zone):%Y-%m-%d}" > row["day"] for row in found[:-1])


def test_a_span_without_rows_has_no_days(databases: dict[str, Database]) -> None:
    for database in databases.values():
        daily = Queries(database).daily
        assert daily.unlocks(1, ZoneInfo("UTC"), EPOCH, EPOCH.replace(year=1990)) == []
        assert daily.observed_gains(1, ZoneInfo("UTC"), NOW, NOW) == []
