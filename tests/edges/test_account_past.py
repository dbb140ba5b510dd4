"""Migration 0010 works out the gaps of accounts in the past: none comes and none goes by the upgrade."""

from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa

from syncer.core.monitoring.gaps import group_gaps
from syncer.store.admin.integrity import check
from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db.account_tables import account_polls
from syncer.store.db.engine import Database
from syncer.store.db.tables import snapshots
from syncer.store.db.views import coverage_gaps
from tests.fixtures.thaw import FROZEN, stored, thawed, upgrade

from .past_polls import EVERY, GAP_AFTER, PastPlayer, Span, minute, player_rows, upgraded_past
from .test_migration_0006 import LATER

Gap = tuple[datetime, datetime]


def account_gaps(database: Database, player: int = 1) -> list[Gap]:
    found = player_rows(database, coverage_gaps, player)
    return [(row["started_at"], row["ended_at"]) for row in found if row["scope"] == "account"]


def outages(database: Database, player: int) -> list[Gap]:
    """What the command gaps showed of outages of all games: from the last poll of any to the first."""
    g, s = coverage_gaps.c, snapshots.c
    query = sa.select(g.game_id, g.started_at, g.ended_at).where(g.player_id == player)
    firsts = sa.select(s.game_id, sa.func.min(s.first_seen_at)).where(s.player_id == player)
    with database.reading() as tx:
        seen: dict[int, datetime] = {game: first for game, first in tx.execute(firsts.group_by(s.game_id))}
        groups = group_gaps([dict(row) for row in tx.execute(query).mappings()])
    return [
        (max(gap["started_at"] for gap in group), min(gap["ended_at"] for gap in group))
        for group in sorted(groups, key=lambda group: min(gap["started_at"] for gap in group))
        if {gap["game_id"] for gap in group}
        == {game for game, first in seen.items() if first <= max(gap["started_at"] for gap in group)}
    ]


@pytest.mark.parametrize("revision", [revision for revision in FROZEN if revision < "0010"])
def test_gaps_of_the_account_are_the_outages_that_gaps_showed(
    revision: str, empty_database_url: str, tmp_path: Path
) -> None:
    database = thawed(revision, empty_database_url, tmp_path)
    upgrade(database, "0009")
    names = range(1, len(stored(database)["players"]) + 1)
    before = {player: outages(database, player) for player in names}
    per_game = {player: everything_but_scope(database, player) for player in names}
    upgrade_schema(database, LATER)
    assert {player: account_gaps(database, player) for player in names} == before
    assert {player: everything_but_scope(database, player) for player in names} == per_game
    assert len(before[1]) == 1
    for player in names:
        seen, (*_, newest) = (
            player_rows(database, snapshots, player),
            player_rows(database, account_polls, player),
        )
        assert player_rows(database, account_polls, player)[0]["first_seen_at"] == seen[0]["first_seen_at"]
        assert newest["last_seen_at"] == max(row["last_seen_at"] for row in seen)
        assert (newest["is_open"], newest["promised_seconds"]) == (True, 900)
    assert check(database) == []
    database.close()


def everything_but_scope(database: Database, player: int) -> list[tuple[Any, ...]]:
    """Return the gaps of games, in the columns that the view had before."""
    g = coverage_gaps.c
    query = sa.select(g.game_id, g.title, g.started_at, g.ended_at)
    query = query.where(g.player_id == player, g.game_id.is_not(None)).order_by(g.game_id, g.ended_at)
    with database.reading() as tx:
        return [tuple(row) for row in tx.execute(query)]


RUN = 1 / 60  # minutes: a run asks for its batches some seconds apart


def minutes(gaps: list[Gap]) -> list[Span]:
    return [tuple((end - minute(0)) / timedelta(minutes=1) for end in gap) for gap in gaps]  # type: ignore[misc]


CASES: dict[str, tuple[PastPlayer, list[Span]]] = {
    "an outage of all games": (
        PastPlayer({1: [(0, 60), (400, 600)], 2: [(0, 60), (400, 600)]}),
        [(60, 400)],
    ),
    "an outage, and a gap of one game": (
        PastPlayer({1: [(0, 60), (400, 600)], 2: [(0, 60), (400, 450), (510, 600)]}),
        [(60, 400)],
    ),
    "gaps of single games that do not meet": (
        PastPlayer({1: [(0, 60), (120, 300)], 2: [(0, 120), (180, 300)]}),
        [],
    ),
    "gaps of single games that overlap, and polls as promised": (
        PastPlayer({1: [(0, 75), (150, 300)], 2: [(0, 120), (195, 300)]}),
        [],
    ),
    "gaps of single games that overlap for longer": (
        PastPlayer({1: [(0, 75), (195, 300)], 2: [(0, 120), (240, 300)]}),
        [(120, 195)],
    ),
    "batches of a run some seconds apart": (
        PastPlayer({1: [(0, 60), (400, 600)], 2: [(RUN, 60 + RUN), (400 + RUN, 600 + RUN)]}),
        [(60 + RUN, 400)],
    ),
    "a run that was killed, and found after the outage": (
        PastPlayer(
            {1: [(0, 60), (400, 600)], 2: [(0, 45), (400, 600)]},
            runs=[(0, 0.1, 2), (60, 400, 1), (400, 400.1, 2)],
        ),
        [(60, 400)],
    ),
    "a configured gap_after that is shorter than the default": (
        PastPlayer({1: [(0, 60), (85, 600)], 2: [(0, 60), (85, 600)]}),
        [(60, 85)],
    ),
    "a configured gap_after that is longer": (PastPlayer({1: [(0, 60), (61, 62)], 2: [(0, 600)]}), []),
    "a game that left before the outage": (
        PastPlayer({1: [(0, 60), (400, 600)], 2: [(0, 30)]}, removed={2: 31}),
        [(60, 400)],
    ),
    "a game that left in the outage": (
        PastPlayer({1: [(0, 60), (400, 600)], 2: [(0, 60)]}, removed={2: 399}),
        [(60, 400)],
    ),
    "a game that fails since before the outage": (
        PastPlayer({1: [(0, 60), (400, 600)], 2: [(0, 15)]}),
        [(60, 400)],
    ),
    "a game that failed in two outages and between them": (
        PastPlayer({1: [(0, 60), (400, 600), (900, 990)], 2: [(0, 60), (915, 990)]}),
        [(60, 400), (600, 900)],
    ),
    "a new game, polled before the others after the outage": (
        PastPlayer({1: [(0, 60), (400 + RUN, 600)], 2: [(400, 600)]}),
        [(60, 400)],
    ),
    "a new game, polled while the only other one failed": (
        PastPlayer({1: [(0, 60), (120, 600)], 2: [(75, 600)]}),
        [],
    ),
    "a game that left before another came": (
        PastPlayer({1: [(0, 60)], 2: [(400, 600)]}, removed={1: 61}),
        [],
    ),
    "games without a poll": (PastPlayer({1: [], 2: []}), []),
}


def test_an_absence_is_a_gap_of_the_account_where_no_game_was_polled(empty_database_url: str) -> None:
    database = upgraded_past(empty_database_url, *(past for past, _ in CASES.values()))
    found = {name: minutes(account_gaps(database, number)) for number, name in enumerate(CASES, 1)}
    assert found == {
        name: [pytest.approx(gap, abs=1e-4) for gap in wanted] for name, (_, wanted) in CASES.items()
    }
    for number, (past, wanted) in enumerate(CASES.values(), 1):
        polls = player_rows(database, account_polls, number)
        assert len(polls) == (len(wanted) + 1 if any(past.spans.values()) else 0)
        assert [row["after_gap"] for row in polls] == [index > 0 for index in range(len(polls))]
        assert [row["is_open"] for row in polls] == [row is polls[-1] for row in polls]
    database.close()


def lived(rng: Random) -> tuple[PastPlayer, list[Span]]:
    """Return a player whose runs and games fail as they like, and the gaps that the account had.

    It is worked out from the polls alone: an absence is longer than promised, and some game has polls before
    and after it.
    """
    polls: dict[int, list[int]] = {}
    time = 0
    for game in range(1, rng.randint(2, 6)):
        start, fails = rng.choice((0, 0, rng.randrange(0, 400))), rng.choice((0.05, 0.5))
        polls[game] = [start, *(n for n in range(start + 1, 400) if rng.random() > fails)]
    for _ in range(rng.randint(0, 4)):
        time = rng.randrange(1, 400)
        away = range(time, time + rng.randint(1, 60))
        polls = {game: [n for n in found if n not in away] for game, found in polls.items()}
    polls = {game: [n * EVERY for n in found] for game, found in polls.items() if found}
    late = EVERY + GAP_AFTER
    moments = sorted({moment for found in polls.values() for moment in found})
    gaps = [
        (a, b)
        for a, b in pairwise(moments)
        if b - a > late and any(found[0] <= a and found[-1] >= b for found in polls.values())
    ]
    return PastPlayer({game: spans_of(found, late) for game, found in polls.items()}), gaps  # type: ignore[return-value]


def spans_of(polls: list[int], late: int) -> list[Span]:
    cuts = [0, *(n for n in range(1, len(polls)) if polls[n] - polls[n - 1] > late), len(polls)]
    return [(polls[a], polls[b - 1]) for a, b in pairwise(cuts)]


def test_no_gap_of_any_player_is_invented_or_hidden(empty_database_url: str) -> None:
    rng = Random(10)
    lives = [lived(rng) for _ in range(80)]
    database = upgraded_past(empty_database_url, *(player for player, _ in lives))
    found = [minutes(account_gaps(database, number)) for number, _ in enumerate(lives, 1)]
    assert found == [gaps for _, gaps in lives]
    assert sum(map(len, found)) > 50
    assert min(map(len, found)) == 0
    database.close()


def test_runs_are_counted_where_they_are_stored_else_the_polls_of_a_game(empty_database_url: str) -> None:
    seen = [(n * 15, n * 15 + 1, 1) for n in range(5)]
    kept = PastPlayer({1: [(0, 60), (400, 600)]}, runs=[*seen, (200, 201, 0), (399.9, None, 1)])
    lost = PastPlayer({1: [(0, 60), (400, 400)]})
    database = upgraded_past(empty_database_url, kept, lost)
    assert [row["poll_count"] for row in player_rows(database, account_polls)] == [5, 2]
    assert [row["poll_count"] for row in player_rows(database, account_polls, 2)] == [2, 1]
    database.close()
