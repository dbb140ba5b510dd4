"""What the ready queries about play must answer."""

from collections import defaultdict
from datetime import timedelta, tzinfo

from .sql_answer_tools import Answer, answers
from .sql_world import HOUR, Facts, Row

REPORT = timedelta(minutes=3)


def bounds(row: Row) -> tuple[float, float]:
    """Return the least and the most hours of a session."""
    end = row["ended_at"]
    return (end - row["started_before"]) / HOUR, (end + REPORT - row["started_after"]) / HOUR


def middle(least: float, most: float) -> tuple[float, float]:
    return round((least + most) / 2, 2), round((most - least) / 2, 2)


@answers
def hours_played_per_month(f: Facts, player: int, zone: tzinfo) -> Answer:
    months = defaultdict[str, list[tuple[float, float]]](list)
    for row in f.play_sessions:
        if row["player_id"] == player:
            months[f"{row['ended_at'].astimezone(zone):%Y-%m}"].append(bounds(row))
    return ((month, *middle(*map(sum, zip(*rows, strict=True)))) for month, rows in sorted(months.items()))


@answers
def sessions_of_game(f: Facts, player: int, game: int) -> Answer:
    rows = [row for row in f.play_sessions if (row["player_id"], row["game_id"]) == (player, game)]
    for row in sorted(rows, key=lambda one: one["started_after"], reverse=True):
        times = (row["started_after"], row["started_before"], row["ended_at"])
        yield *times, *middle(*bounds(row)), row["is_open"], row["after_gap"]
