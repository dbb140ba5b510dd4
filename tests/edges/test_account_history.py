"""What is kept of an account on both databases: every unlock, award and total, and when it became visible."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from syncer.core.backfill.windows import WIDE_OVERLAP, covered_window
from syncer.core.model.account import AccountPoll, ListedAward
from syncer.core.model.library import (
    GameInfo,
    GameUnlocks,
    PlayedGame,
    SourcedUnlock,
    Unlock,
    UnlockPage,
)
from syncer.core.model.player import Profile
from syncer.store.db.account_tables import account_snapshots, awards
from syncer.store.db.tables import rejections, unlocks
from syncer.store.db.views import account_history, first_unlocks, latest_progress

from .harness import START, SyncHarness

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FACTS = GameInfo(1, "Game 1", 7, "NES", "")


@pytest.fixture
def home(database_url: str) -> Iterator[SyncHarness]:
    made = SyncHarness(database_url)
    made.poll()
    with made.database.writing() as tx:
        tx.execute(account_snapshots.delete())  # the tests bring totals of their own
    yield made
    made.close()


def rows(home: SyncHarness, table: sa.Table, *names: str) -> list[tuple[Any, ...]]:
    with home.database.reading() as tx:
        query = sa.select(*(table.c[name] for name in names)).order_by(*table.primary_key.columns)
        return [tuple(row) for row in tx.execute(query)]


def unlock(at: datetime, *, hardcore: bool = False, achievement: int = 1) -> Unlock:
    return Unlock(achievement, 1, "First", 5, hardcore, at)


def read_list(home: SyncHarness, *listed: Unlock, since: timedelta = DAY) -> None:
    """Store the answer about a window that ends now."""
    now = home.clock.now().replace(microsecond=0)
    page = UnlockPage(listed, date=now)
    sourced = [SourcedUnlock(row, "seen") for row in listed]
    covered = covered_window(page, now - since, now)
    home.writers.library.save_unlocks(home.player, page, sourced, covered, False, home.clock.now())


def read_game(home: SyncHarness, *listed: Unlock) -> bool:
    sourced = [SourcedUnlock(row, "repaired") for row in listed]
    now = home.clock.now()
    return home.writers.library.save_game_unlocks(home.player, 1, GameUnlocks(FACTS, listed), sourced, now)


def test_an_achievement_that_is_reset_and_earned_again_has_two_rows_and_counts_once(
    home: SyncHarness,
) -> None:
    first, second = START - 9 * DAY, START - DAY
    for at in (first, second):
        read_list(home, unlock(at), since=30 * DAY)
        home.clock.pass_by(3600)
    kept = rows(home, unlocks, "unlocked_at", "gone_at", "first_seen_at")
    assert [(at, gone is not None) for at, gone, _ in kept] == [(first, True), (second, False)]
    assert kept[0][1] == kept[1][2]  # gone when the new one was read
    assert rows(home, first_unlocks, "unlocked_at") == [(second,)]


def test_a_row_that_is_listed_again_is_revived_and_keeps_what_was_known_of_it(home: SyncHarness) -> None:
    first, second = START - 9 * DAY, START - DAY
    for at in (first, second, first):
        read_list(home, unlock(at), since=30 * DAY)
        home.clock.pass_by(3600)
    kept = rows(home, unlocks, "unlocked_at", "gone_at", "first_seen_at")
    assert [(at, gone is not None) for at, gone, _ in kept] == [(first, False), (second, True)]
    assert kept[0][2] < kept[1][2]


def test_reading_an_answer_twice_changes_nothing(home: SyncHarness) -> None:
    for at in (START - 9 * DAY, START - DAY, START - DAY):
        read_list(home, unlock(at), since=30 * DAY)
        found = rows(home, unlocks, *unlocks.c.keys())
    read_list(home, unlock(START - DAY), since=30 * DAY)
    assert rows(home, unlocks, *unlocks.c.keys()) == found


@pytest.mark.parametrize("softcore_kept", [True, False])
def test_a_games_own_dates_decide_whether_the_softcore_unlock_before_a_hardcore_one_counts(
    home: SyncHarness, softcore_kept: bool
) -> None:
    """Not kept: it was reset between two polls, and the achievement was earned again in hardcore."""
    soft, hard = unlock(START - 9 * DAY), unlock(START - DAY, hardcore=True)
    achievement = home.world.catalogue.games[1].promoted()[0].id
    home.world.unlock("Tester", 1, achievement, soft.unlocked_at)
    read_list(home, soft, since=30 * DAY)
    home.clock.pass_by(3600)
    home.poll()
    assert home.differing() == []
    home.world.unlock("Tester", 1, achievement, hard.unlocked_at, hardcore=True)
    read_list(home, hard, since=2 * DAY)
    home.clock.pass_by(900)
    home.poll()
    assert rows(home, first_unlocks, "unlocked_at") == [(START - 9 * DAY,)]  # the list cannot tell
    assert home.differing() == [1]
    assert read_game(home, *([soft, hard] if softcore_kept else [hard]))
    wanted = START - 9 * DAY if softcore_kept else START - DAY
    assert rows(home, first_unlocks, "unlocked_at") == [(wanted,)]
    assert home.differing() == []


def test_an_unlock_that_a_complete_list_did_not_show_is_backdated(home: SyncHarness) -> None:
    home.clock.pass_by(DAY.total_seconds())
    read_list(home, since=14 * DAY)
    answered = home.clock.now().replace(microsecond=0)
    home.clock.pass_by(1800)
    late, recent, in_time = answered - 5 * DAY, answered - HOUR / 2, answered + HOUR / 4
    listed = [unlock(at, achievement=n) for n, at in enumerate((late, recent, in_time), 1)]
    read_list(home, *listed, since=14 * DAY)
    assert rows(home, unlocks, "visible_after") == [(answered,), (answered,), (None,)]
    assert [row[0] for row in rows(home, first_unlocks, "is_backdated")] == [True, False, False]


def test_a_set_that_grew_in_between_explains_a_late_unlock(home: SyncHarness) -> None:
    home.clock.pass_by(DAY.total_seconds())
    read_list(home, since=14 * DAY)
    home.world.catalogue.add_achievements(1, [5])
    home.clock.pass_by(1800)
    home.poll()
    read_list(home, unlock(home.clock.now() - 3 * DAY), since=14 * DAY)
    assert rows(home, unlocks, "visible_after") == [(None,)]


def test_the_long_overlap_is_remembered(home: SyncHarness) -> None:
    assert home.player.unlocks_overlap_read_at is None
    read_list(home, since=DAY)
    assert home.player.unlocks_overlap_read_at is None
    read_list(home, since=WIDE_OVERLAP + timedelta(seconds=1))
    assert home.player.unlocks_overlap_read_at == home.clock.now()


def list_award(home: SyncHarness, kind: str | None, date: datetime | None, game: int = 1) -> None:
    row = PlayedGame(game, "Game", 7, "NES", "", 9, 9, 0, None, kind, date)
    home.clock.pass_by(DAY.total_seconds())
    home.writers.library.save_library(home.player, [row], True, home.clock.now())


def test_awards_keep_their_history_and_the_highest_one_is_shown(home: SyncHarness) -> None:
    shown = ("award_kind", "award_at")
    list_award(home, "beaten-hardcore", START)
    list_award(home, "mastered", START + HOUR)
    assert rows(home, latest_progress, *shown)[0] == ("mastered", START + HOUR)
    list_award(home, "mastered", START + 2 * HOUR)  # dated anew
    redated = home.clock.now()
    assert rows(home, latest_progress, *shown)[0] == ("mastered", START + 2 * HOUR)
    for _ in range(2):
        list_award(home, "beaten-hardcore", START)
    assert rows(home, awards, "kind", "awarded_at", "gone_at") == [
        ("beaten-hardcore", START, None),
        ("mastered", START + HOUR, redated),
        ("mastered", START + 2 * HOUR, home.clock.now()),
    ]
    assert rows(home, latest_progress, *shown)[0] == ("beaten-hardcore", START)


def test_the_answer_about_a_game_takes_an_award_back_at_once(home: SyncHarness) -> None:
    list_award(home, "beaten-hardcore", START)
    list_award(home, "completed", START + HOUR)
    now = home.clock.now()
    answer = GameUnlocks(FACTS, (), award=ListedAward(1, "beaten-hardcore", START))
    assert home.writers.library.save_game_unlocks(home.player, 1, answer, [], now)
    assert rows(home, awards, "kind", "gone_at") == [("beaten-hardcore", None), ("completed", now)]
    assert home.writers.library.save_game_unlocks(home.player, 1, GameUnlocks(FACTS, ()), [], now)
    assert rows(home, awards, "kind", "gone_at") == [("beaten-hardcore", None), ("completed", now)]


def read_profile(home: SyncHarness, *totals: int | None, after: timedelta = HOUR) -> None:
    home.clock.pass_by(after.total_seconds())
    who, run = home.player, home.writers.runs.open_run(home.player, "test", home.clock.now())
    profile = Profile(who.ulid, who.username, None, *totals)
    home.writers.players.save_profile(who, profile, home.clock.now(), AccountPoll(run_id=run))


def test_each_measure_has_its_own_series(home: SyncHarness) -> None:
    begun = home.clock.now()
    read_profile(home, 100, 40, 900)
    read_profile(home, 100, None, 950)
    read_profile(home, 110, 40, 950, after=2 * DAY)
    columns = ("measure", "value", "poll_count", "after_gap", "is_open", "promised_seconds")
    found = rows(home, account_snapshots, *columns)
    assert [row for row in found if row[0] == "hardcore_points"] == [
        ("hardcore_points", 100, 2, False, False, 86400),
        ("hardcore_points", 110, 1, True, True, 86400),
    ]
    assert [row[1:5] for row in found if row[0] == "softcore_points"] == [
        (40, 1, False, False),
        (40, 1, True, True),  # the same value, after two days without an answer
    ]
    changes = rows(home, account_history, "changed_at", "hardcore_points", "softcore_points", "retro_points")
    assert changes == [
        (begun + HOUR, 100, 40, 900),
        (begun + 2 * HOUR, 100, 40, 950),
        (begun + 2 * HOUR + 2 * DAY, 110, 40, 950),
    ]
    queries = home.queries.account
    assert [row["retro_points"] for row in queries.history([1], begun + 3 * HOUR, None)] == [950, 950]
    assert [row["retro_points"] for row in queries.history([1], None, begun + HOUR)] == [900]


def test_zeros_are_kept_as_evidence_and_accepted_after_six_hours_and_three_answers(
    home: SyncHarness,
) -> None:
    read_profile(home, 100, 40, 900)
    read_profile(home, 0, 0, 0)
    first = home.clock.now()
    assert home.player.profile_due_at == first + HOUR
    home.poll()  # an accepted batch does not end the suspicion about the account
    read_profile(home, 0, 0, 0, after=5 * HOUR)
    columns = ("reason", "game_id", "endpoint", "poll_count", "confirmed_at", "ended_at")
    expected = ("suspect_zero", None, "GetUserProfile", 2, None, None)
    assert rows(home, rejections, *columns) == [expected]
    assert {row[0] for row in rows(home, account_snapshots, "value")} == {100, 40, 900}
    read_profile(home, 0, 0, 0, after=HOUR)
    assert rows(home, rejections, *columns) == [(*expected[:4], home.clock.now(), None)]
    assert [row[0] for row in rows(home, account_snapshots, "value")][3:] == [0, 0, 0]
    assert home.player.profile_due_at is None


def test_an_answer_with_points_ends_the_suspicion(home: SyncHarness) -> None:
    read_profile(home, 100, 40, 900)
    read_profile(home, 0, 0, 0)
    read_profile(home, 100, 40, 900)
    assert rows(home, rejections, "confirmed_at", "ended_at") == [(None, home.clock.now())]
    assert [row[0] for row in rows(home, account_snapshots, "value")] == [100, 40, 900]
    assert home.player.profile_due_at is None
