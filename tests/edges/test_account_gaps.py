"""What the account's polls tell: gaps, health, the next poll and the share of time that was covered."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from syncer.core.monitoring.health import Tolerance
from syncer.store.db.account_tables import account_polls
from syncer.store.db.moment import seconds_after
from syncer.store.db.tables import snapshots, targets

from .harness import START, Games, SyncHarness

HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
GAP_AFTER = 30 * MINUTE
TOLERANCE = Tolerance(GAP_AFTER)
ME = 1


@pytest.fixture
def home(database_url: str) -> Iterator[SyncHarness]:
    made = SyncHarness(database_url, games=(1, 2, 3))
    made.poll()
    yield made
    made.close()


def polled(home: SyncHarness, *rows: tuple[float, float], promised: int = 900) -> None:
    """Store that the account was polled between these hours, the last row being open."""
    values = [
        {"player_id": ME, "first_seen_at": START + begin * HOUR, "last_seen_at": START + end * HOUR}
        | {"poll_count": 2, "promised_seconds": promised, "after_gap": n > 0, "is_open": n == len(rows) - 1}
        for n, (begin, end) in enumerate(rows)
    ]
    with home.database.writing() as tx:
        tx.execute(account_polls.delete())
        tx.execute(account_polls.insert(), values)


def set_target(home: SyncHarness, game: int, **values: Any) -> None:
    with home.database.writing() as tx:
        tx.execute(targets.update().where(targets.c.game_id == game).values(**values))


def set_polled(home: SyncHarness, game: int, at: datetime) -> None:
    with home.database.writing() as tx:
        mine = snapshots.c.game_id == game
        tx.execute(snapshots.update().where(mine).values(first_seen_at=at, last_seen_at=at))


def gaps_at(home: SyncHarness, hour: float) -> list[tuple[float, float | None]]:
    """Return start and end of each gap, in hours, as it is known at that hour."""
    found = home.queries.account_polls.gaps(ME, START + hour * HOUR, GAP_AFTER)
    assert {(gap["scope"], gap["game_id"], gap["title"]) for gap in found} <= {("account", None, None)}
    return [
        ((gap["started_at"] - START) / HOUR, gap["ended_at"] and (gap["ended_at"] - START) / HOUR)
        for gap in found
    ]


def test_gaps_lie_between_the_rows_of_the_account_and_the_longest_is_first(home: SyncHarness) -> None:
    polled(home, (0, 1), (2, 3), (9, 10))
    assert gaps_at(home, 10.75) == [(3, 9), (1, 2)]  # as late as leaves no gap
    assert gaps_at(home, 11) == [(3, 9), (1, 2), (10, None)]
    assert gaps_at(home, 20) == [(10, None), (3, 9), (1, 2)]
    assert home.queries.account_polls.gap_count(ME) == 2
    assert home.queries.account_polls.gap_count(ME, START + 9 * HOUR) == 1


def test_the_account_of_a_player_who_is_not_followed_is_in_no_gap(home: SyncHarness) -> None:
    polled(home, (0, 1))
    home.writers.players.deactivate_other_players([], home.clock.now())
    assert gaps_at(home, 20) == []
    assert not home.queries.account_polls.is_in_gap(ME, START + 10 * HOUR, START + 20 * HOUR, GAP_AFTER)
    assert home.queries.players.next_due(ME) is None


@pytest.mark.parametrize(
    ("moment", "now", "expected"),
    [
        (-1, 4, False),  # before anything was promised
        (0, 4, False),
        (1, 4, False),
        (1.5, 4, True),
        (2, 4, False),  # the answer that ended it
        (2.5, 4, False),
        (3.5, 3.75, False),  # the next answer may come in time
        (3.5, 3.76, True),
    ],
)
def test_a_moment_between_two_rows_lies_in_a_gap(
    home: SyncHarness, moment: float, now: float, expected: bool
) -> None:
    polled(home, (0, 1), (2, 3))
    asked = START + moment * HOUR, START + now * HOUR
    assert home.queries.account_polls.is_in_gap(ME, *asked, GAP_AFTER) is expected


@pytest.mark.parametrize(
    ("since", "now", "share"),
    [
        (-9, 4, 0.5),  # from the first poll on
        (1, 4, 1 / 3),
        (2, 4, 0.5),
        (3, 4, 1),
        (0, 8, 0.25),  # the current gap, too
        (4, 4, None),
    ],
)
def test_the_share_of_time_is_that_without_gaps(
    home: SyncHarness, since: float, now: float, share: float | None
) -> None:
    polled(home, (0, 1), (3, 4))
    found = home.queries.account_polls.coverage(ME, START + since * HOUR, START + now * HOUR, GAP_AFTER).share
    assert found == (share and pytest.approx(share))


def test_the_next_poll_is_the_accounts_or_that_of_a_failed_or_new_game(home: SyncHarness) -> None:
    polled(home, (0, 1))
    assert home.queries.players.next_due(ME) == START + 1.25 * HOUR
    set_target(home, 1, due_at=START + 2 * HOUR, failures=1)
    assert home.queries.players.next_due(ME) == START + 1.25 * HOUR
    set_target(home, 1, due_at=START + 1.1 * HOUR)
    assert home.queries.players.next_due(ME) == START + 1.1 * HOUR
    set_target(home, 2, promised_seconds=None, added_at=START + HOUR / 2)
    assert home.queries.players.next_due(ME) == START + HOUR / 2


def test_an_account_that_is_polled_is_fresh_until_a_game_is_late_by_an_hour_and_gap_after(
    home: SyncHarness,
) -> None:
    polled(home, (0, 30))
    for game in (1, 2, 3):
        set_target(home, game, promised_seconds=86_400)
        set_polled(home, game, START if game == 1 else START + 20 * HOUR)
    words = [
        (health.overdue, health.neglected, health.stale_reason(at))
        for minutes in (30, 31, 90, 91)
        for at in [START + DAY + minutes * MINUTE]
        for health in home.queries.health.player_health(at, TOLERANCE)
    ]
    late = "1 game overdue for an hour"
    assert words == [(0, 0, ""), (1, 0, ""), (1, 0, ""), (1, 1, late)]
    assert home.queries.diagnostics.overdue(ME, START + DAY + 31 * MINUTE, GAP_AFTER) == [1]
    assert home.queries.diagnostics.overdue(ME, START + DAY + 30 * MINUTE, GAP_AFTER) == []


def test_an_account_without_a_poll_is_not_fresh_though_its_games_are(home: SyncHarness) -> None:
    polled(home, (0, 1))
    (health,) = home.queries.health.player_health(START + 1.75 * HOUR, TOLERANCE)
    assert (health.fresh_until, health.is_fresh(START + 1.75 * HOUR)) == (START + 1.75 * HOUR, True)
    set_target(home, 1, promised_seconds=86_400)
    late = START + 3 * HOUR
    set_target(home, 2, promised_seconds=86_400)
    set_target(home, 3, promised_seconds=86_400)
    (health,) = home.queries.health.player_health(late, TOLERANCE)
    assert (health.overdue, health.stale_reason(late)) == (0, "not polled for 2 h")


@pytest.mark.parametrize(
    ("until", "seconds"), [(START, 900), (START + timedelta(milliseconds=999), 2**31 - 1)]
)
def test_seconds_are_added_to_a_moment_exactly(home: SyncHarness, until: datetime, seconds: int) -> None:
    set_polled(home, 1, until)
    set_target(home, 1, promised_seconds=seconds)
    expected = seconds_after(snapshots.c.last_seen_at, targets.c.promised_seconds)
    query = sa.select(expected, expected == until + timedelta(seconds=seconds))
    query = query.where(targets.c.game_id == 1, snapshots.c.game_id == 1)
    with home.database.reading() as tx:
        assert tx.execute(query).one() == (until + timedelta(seconds=seconds), True)


def test_the_newest_answer_of_a_run_counts_though_one_a_minute_is_stored(database_url: str) -> None:
    """Two probes that fail leave 45 minutes between answers: 40 seconds must not make a gap of them."""
    home = SyncHarness(database_url, games=(1, 2, 3), batch_size=1)

    def slowly(games: Games) -> Games:
        home.clock.pass_by(20)
        return games

    home.source.fault = slowly
    home.poll()
    newest = max(row["last_seen_at"] for game in (1, 2, 3) for row in home.history(game))
    with home.database.reading() as tx:
        assert tx.scalars(sa.select(account_polls.c.last_seen_at)).all() == [newest]
    home.source.fault, home.batch_size = None, 100
    home.clock.pass_by((newest + 44.9 * MINUTE - home.clock.moment).total_seconds())
    home.poll()
    assert gaps_at(home, 1) == []
    home.close()
