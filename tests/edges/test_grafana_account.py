"""The panels about the account, its awards, sessions and checks show what is stored."""

from collections import Counter
from datetime import date

import psycopg

from .sql_parameters import FACTS
from .sql_world import EVENT, NOW
from .test_grafana import BERLIN, DAY, VIEWER, ask, reader, the
from .test_grafana_panels import monday

__all__ = ["reader"]  # a fixture
MINE = [row for row in FACTS.play_sessions if row["player_id"] == 1]


def test_the_curves_of_the_account_end_at_its_newest_values(reader: psycopg.Connection) -> None:
    newest = {
        r["measure"]: r["value"] for r in FACTS.account_snapshots if r["player_id"] == 1 and r["is_open"]
    }
    names, rows = ask(reader, the("overview", "Account over time"))
    assert names == ["time", "hardcore_points", "softcore_points", "retro_points"]
    assert rows[-1][1:] == tuple(newest.get(name) for name in names[1:])
    firsts = {row["first_seen_at"] for row in FACTS.account_snapshots if row["player_id"] == 1}
    assert len(firsts) >= len(rows) > 5
    assert {row[0] for row in rows} <= firsts
    assert ask(reader, the("overview", "Rank"))[1][-1][1] == newest["rank"]


def test_every_award_that_counts_is_listed(reader: psycopg.Connection) -> None:
    _, rows = ask(reader, the("overview", "Reached"))
    wanted = [
        (row["awarded_at"], row["game_id"], row["kind"].replace("-", " "))
        for row in FACTS.awards
        if (row["player_id"], row["gone_at"]) == (1, None)
        if row["game_id"] != EVENT and VIEWER.since <= row["awarded_at"] <= NOW
    ]
    assert sorted((at, game, kind) for at, game, _, kind in rows) == sorted(wanted)
    assert rows == sorted(rows, key=lambda row: row[0], reverse=True)


def test_hours_are_those_between_the_least_and_the_most(reader: psycopg.Connection) -> None:
    hours: Counter[date] = Counter()
    for row in MINE:
        end = row["ended_at"].astimezone(BERLIN).date()
        least, most = (row["ended_at"] - row[name] for name in ("started_before", "started_after"))
        hours[end - end.weekday() * DAY] += (least + most).total_seconds() / 7200 + 0.025
    _, rows = ask(reader, the("overview", "Hours played per week"))
    shown = {row[0].astimezone(BERLIN).date(): float(row[1]) for row in rows}
    begin = monday(VIEWER.since).astimezone(BERLIN).date()
    assert shown == {week: round(played, 2) for week, played in hours.items() if week >= begin}
    sessions = [row for row in MINE if row["game_id"] == 7]
    assert len(ask(reader, the("game", "Sessions"))[1]) == len(sessions) > 5
    assert ask(reader, the("game", "Played"))[1][0][2] == FACTS.playtime[0]["seconds"]


def test_checks_show_by_how_much_the_sums_differ(reader: psycopg.Connection) -> None:
    names, rows = ask(reader, the("recorder", "Checks"))
    mine = [row for row in FACTS.consistency_checks if row["player_id"] == 1]
    assert len(rows) == len(mine) > 0
    for shown, row in zip(rows, reversed(mine), strict=True):
        found = dict(zip(names, shown, strict=True))
        assert (found["subject"], found["matches"]) == (row["subject"], row["matches"])
        assert found["hardcore_difference"] == row["site_hardcore"] - row["ours_hardcore"]
