"""The status of many players: a fixed number of statements, and for each the facts of that player only."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from syncer.core.model.run import RunOutcome
from syncer.store.db.tables import unlocks
from syncer.store.read.base import Row
from syncer.store.read.queries import Queries

from .harness import SyncHarness
from .unlock_harness import UnlockHarness

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def home(database_url: str) -> Iterator[SyncHarness]:
    made = SyncHarness(database_url)
    yield made
    made.close()


def poll_as(home: SyncHarness, name: str, games: tuple[int, ...]) -> None:
    if home.world.resolve(name) is None:
        home.world.add_account(name, name.lower() * 4)
    home.name, home.games = name, games
    home.poll()


@contextmanager
def statements(home: SyncHarness) -> Iterator[list[str]]:
    noted: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        noted.append(statement)

    sa.event.listen(home.database.reader, "before_cursor_execute", note)
    yield noted
    sa.event.remove(home.database.reader, "before_cursor_execute", note)


def status(home: SyncHarness, midnight: datetime | None = None) -> list[Row]:
    now, chosen = home.clock.now(), home.queries.players.select()
    return home.queries.status.of(chosen, now, midnight or now - HOUR, 30 * MINUTE)


def test_each_player_has_their_own_facts(home: SyncHarness) -> None:
    poll_as(home, "Tester", (1, 2, 3))
    home.clock.pass_by(600)
    poll_as(home, "Second", (4, 5))
    home.world.earn("Second", 4, 1, home.clock.now())
    home.clock.pass_by(900)
    poll_as(home, "Second", (4, 5))
    first, second = status(home)
    counts = ("targets", "snapshots", "changes_today", "overdue", "failing", "gaps", "longest_wait_seconds")
    assert [first[name] for name in counts] == [3, 3, 0, 0, 0, 0, None]
    assert [second[name] for name in counts] == [2, 3, 1, 0, 0, 0, 900]
    assert (first["username"], second["username"]) == ("Tester", "Second")
    assert first["last_run"]["targets_seen"] == 3
    assert second["last_run"]["outcome"] == RunOutcome.OK
    assert first["last_poll_at"] < second["last_poll_at"] <= home.clock.now()
    assert second["next_due_at"] - second["last_poll_at"] == timedelta(seconds=second["promised_seconds"])


def test_changes_of_today_began_since_midnight(home: SyncHarness) -> None:
    poll_as(home, "Tester", (1, 2))
    home.world.earn("Tester", 1, 1, home.clock.now())
    home.clock.pass_by(900)
    poll_as(home, "Tester", (1, 2))
    assert [row["changes_today"] for row in status(home)] == [1]
    assert [row["changes_today"] for row in status(home, home.clock.now() + MINUTE)] == [0]


def test_unlocks_of_today_are_those_that_the_site_dates_so(database_url: str) -> None:
    home = UnlockHarness(database_url, games=(1, 2), every=15 * MINUTE)
    before, at = home.clock.now() - HOUR, home.clock.now()
    home.world.unlock_table.earn("Tester", 1, 1, before, hardcore=False)
    home.world.unlock_table.earn("Tester", 1, 2, at, hardcore=True)
    home.world.unlock_table.earn("Tester", 2, 1, at, hardcore=True)
    home.clock.pass_by(900)
    home.poll()
    with home.database.reading() as tx:
        points = tx.scalar(sa.select(sa.func.sum(unlocks.c.points)))
    (player,) = status(home, before)
    assert (player["unlocks_today"], player["points_today"]) == (4, points)
    (player,) = status(home, at)
    assert player["unlocks_today"] == 3
    home.close()


def test_a_late_target_is_overdue_only_beyond_its_gap(home: SyncHarness) -> None:
    poll_as(home, "Tester", (1, 2))
    home.clock.pass_by(2600)
    assert [row["overdue"] for row in status(home)] == [0]
    home.clock.pass_by(200)
    assert [row["overdue"] for row in status(home)] == [2]


def test_a_stored_player_who_follows_nothing_has_no_next_poll(home: SyncHarness) -> None:
    poll_as(home, "Tester", (1, 2))
    chosen = home.queries.players.select()
    with home.database.writing() as tx:
        tx.exec_driver_sql("UPDATE targets SET removed_at = added_at")
    now = home.clock.now()
    (row,) = home.queries.status.of(chosen, now, now, MINUTE)
    assert (row["targets"], row["failing"], row["next_due_at"], row["snapshots"]) == (0, 0, None, 2)


def test_queries_have_each_subject_once_and_no_other(home: SyncHarness) -> None:
    for subject in Queries.__annotations__:
        assert getattr(home.queries, subject) is getattr(home.queries, subject)
    with pytest.raises(AttributeError, match="no queries about weather"):
        _ = home.queries.weather


def test_the_number_of_statements_does_not_grow_with_the_players(home: SyncHarness) -> None:
    counts = []
    for name in ("Tester", "Second", "Third"):
        poll_as(home, name, (1, 2))
        with statements(home) as noted:
            status(home)
            home.queries.status.sum_reports(home.queries.players.select())
        counts.append(len(noted))
    assert counts[0] == counts[1] == counts[2]


def test_points_sets_and_streaks_of_many_players_take_as_many_statements_as_those_of_one(
    home: SyncHarness,
) -> None:
    for number in range(3):
        poll_as(home, f"Player{number}", (1, 2))
    ids = [player.id for player in home.queries.players.select()]
    counted = []
    for chosen in (ids[:1], ids):
        with statements(home) as noted:
            home.queries.states.counts(chosen)
            home.queries.account.newest_of(chosen)
            home.queries.streaks.of(chosen, UTC, home.clock.now())
        counted.append(len(noted))
    assert counted[0] == counted[1]


def test_a_name_that_no_database_takes_is_no_player(home: SyncHarness) -> None:
    assert home.queries.version.of("Tester\0") is None
