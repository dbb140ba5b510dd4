"""Unlocks against the account's totals, on both databases: what is read again, how often, what is left."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

import syncer.core.backfill.unlocks as unlock_fetcher
import syncer.core.model.library as library
from syncer.core.errors import SiteUnavailable
from syncer.core.model.consistency import ListReading
from syncer.core.model.progress import MAX_NUMBER
from syncer.store.db.account_tables import consistency_checks
from syncer.store.db.tables import games

from .harness import START
from .unlock_harness import DAY, UnlockHarness


@pytest.fixture
def home(database_url: str) -> Iterator[UnlockHarness]:
    """Twelve unlocks in three games, of which only game 1 is followed; all are stored."""
    made = UnlockHarness(database_url)
    for game in (1, 2, 3):
        made.world.earn("Tester", game, 4, START - 300 * DAY + timedelta(days=game), hardcore=game != 3)
    made.poll()
    made.run_for(2 * DAY)
    yield made
    made.close()


def test_sums_that_agree_are_one_row_that_is_extended(home: UnlockHarness) -> None:
    home.run_for(3 * DAY)
    assert home.checks() == [(True, 0, 0, None)]
    with home.database.reading() as tx:
        row = tx.execute(sa.select(consistency_checks)).one()
    assert (row.site_hardcore, row.site_softcore) == (180, 90)
    assert (row.subject, row.check_count) == ("unlocks", 5)
    assert row.last_checked_at - row.first_checked_at >= 4 * DAY
    assert home.site.list_readings() == 1  # the first backfill


def test_unlocks_of_games_that_are_not_followed_are_taken_back_after_an_account_reset(
    home: UnlockHarness,
) -> None:
    home.world.unlock_table.reset_account("Tester")
    home.world.earn("Tester", 2, 1, home.clock.now().replace(microsecond=0), hardcore=True)
    home.run_for(4 * DAY)
    assert home.current() == home.truth()
    assert home.site.list_readings() == 2
    assert home.checks()[-1] == (True, 0, 0, None)


def test_an_account_that_was_emptied_is_empty_once_its_totals_are_accepted_as_zero(
    home: UnlockHarness,
) -> None:
    home.world.unlock_table.reset_account("Tester")
    home.run_for(4 * DAY)
    assert home.current() == set()
    assert home.site.list_readings() == 2


def test_an_empty_list_proves_nothing_while_the_totals_are_not_zero(home: UnlockHarness) -> None:
    home.site.extra = 5
    shown = home.site.shown
    home.site.shown = lambda: []  # type: ignore[method-assign]
    before = home.current()
    home.run_for(4 * DAY)
    assert home.current() == before
    home.site.shown = shown  # type: ignore[method-assign]
    home.site.extra = 0


def test_a_difference_starts_a_reading_of_all_unlocks_only_after_a_day(home: UnlockHarness) -> None:
    home.world.reset_game("Tester", 2)
    home.run_for(DAY)
    assert home.checks()[-1] == (False, -90, 0, None)
    home.run_for(DAY / 2)
    assert home.site.list_readings() == 1
    home.run_for(DAY)
    assert home.site.list_readings() == 2
    assert home.current() == home.truth()


def test_what_a_reading_of_all_unlocks_left_starts_nothing_until_it_changes(home: UnlockHarness) -> None:
    """The totals go on counting a deleted game, of which the list shows nothing."""
    home.site.extra = 50
    home.run_for(40 * DAY, step=DAY)
    assert home.site.list_readings() == 2
    assert home.checks() == [(True, 0, 0, None), (False, 50, 0, None), (False, 50, 0, 50)]
    home.world.earn("Tester", 1, 4, home.clock.now().replace(microsecond=0))  # nothing new: all are earned
    home.world.add_achievements(1, [25])
    home.world.earn("Tester", 1, 1, home.clock.now().replace(microsecond=0), hardcore=True)
    home.run_for(5 * DAY)
    assert home.site.list_readings() == 2  # both sums rose
    assert home.checks()[-1] == (False, 50, 0, 50)
    home.site.extra = 60
    home.run_for(5 * DAY)
    assert home.site.list_readings() == 3
    assert home.checks()[-1] == (False, 60, 0, 60)


def test_all_unlocks_are_read_at_most_once_in_30_days(home: UnlockHarness) -> None:
    for _ in range(21):
        home.site.extra += 5
        home.run_for(3 * DAY, step=DAY)
    assert home.site.list_readings() == 1 + 3  # the first backfill, and within 63 days


def test_a_game_that_explains_the_difference_spares_the_reading_of_all_unlocks(home: UnlockHarness) -> None:
    """Its own answer goes on contradicting its numbers: it is asked again after 1, 2, 4, 8 days."""
    game_unlocks = home.site.game_unlocks
    home.site.game_unlocks = lambda user, game: (home.site.games.append(game), None)[1]  # type: ignore
    home.world.reset_game("Tester", 1)
    home.run_for(16 * DAY)
    assert home.site.games == [1, 1, 1, 1, 1]
    assert home.site.list_readings() == 1
    home.site.game_unlocks = game_unlocks  # type: ignore[method-assign]
    home.run_for(16 * DAY)
    assert home.current() == home.truth()
    assert home.site.list_readings() == 1


def test_a_changed_snapshot_ends_the_pause_of_a_game(home: UnlockHarness) -> None:
    game_unlocks = home.site.game_unlocks
    home.site.game_unlocks = lambda user, game: (home.site.games.append(game), None)[1]  # type: ignore
    home.world.reset_game("Tester", 1)
    home.run_for(4 * DAY)
    assert home.site.games == [1, 1, 1]
    home.site.game_unlocks = game_unlocks  # type: ignore[method-assign]
    home.world.earn("Tester", 1, 1, home.clock.now().replace(microsecond=0))
    home.run_for(DAY)
    assert home.current() == home.truth()


@pytest.mark.parametrize("fault", ["failure", "restart"])
def test_an_interrupted_reading_of_all_unlocks_goes_on_where_it_stopped(
    home: UnlockHarness, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr(library, "MAX_UNLOCKS_PER_PAGE", 3)
    monkeypatch.setattr(unlock_fetcher, "MAX_LIST_PAGES_PER_RUN", 2)
    home.world.add_achievements(2, [5] * 9)
    for n in range(9):
        home.world.earn("Tester", 2, 1, START - 200 * DAY + timedelta(hours=n), hardcore=True)
    home.site.extra = 5
    home.run_for(3 * DAY)
    begun = home.player.unlocks_resync_at
    assert begun is not None
    assert home.site.list_readings() == 2

    def fail() -> None:
        if home.site.windows[-1][0] > START - 290 * DAY and home.site.windows[-1][1] < home.clock.now() - DAY:
            home.site.before_window = lambda: None
            raise SiteUnavailable("503") if fault == "failure" else KeyboardInterrupt

    home.site.before_window = fail
    for _ in range(12):
        home.clock.pass_by(3600 * 7)
        try:
            home.poll()
        except KeyboardInterrupt:
            continue
    assert home.player.unlocks_resync_at == begun
    assert home.site.list_readings() == 2
    assert home.current() == home.truth()
    assert home.checks()[-1] == (False, 5, 0, 5)


def test_games_that_fell_together_are_mended_by_one_reading_of_all_unlocks(database_url: str) -> None:
    """At once after the drop was accepted, though all unlocks were read within the last 30 days."""
    home = UnlockHarness(database_url, games=tuple(range(1, 13)), every=timedelta(hours=1))
    for game in range(7, 13):
        home.world.add_game(f"Game {game}", [5, 10, 25, 50], game_id=game)
    for game in range(1, 13):
        home.world.earn("Tester", game, 4, START - 300 * DAY + timedelta(days=game), hardcore=True)
    home.poll()
    home.run_for(2 * DAY, step=timedelta(hours=8))
    home.site.extra = 5
    home.run_for(4 * DAY, step=timedelta(hours=8))
    assert home.site.list_readings() == 2
    home.site.extra = 0
    for game in range(1, 12):
        home.world.reset_game("Tester", game)
    home.run_for(timedelta(hours=9), step=timedelta(hours=1))
    assert home.current() == home.truth()
    assert home.site.list_readings() == 3
    assert home.site.games == []
    home.close()


def test_events_are_left_out_of_the_sums(home: UnlockHarness) -> None:
    home.world.earn("Tester", 4, 2, START - 50 * DAY)
    home.site.extra_softcore = -15  # the totals leave out what the list shows
    with home.database.writing() as tx:
        tx.execute(games.insert().values(id=4, console_id=101, is_event=True))
    home.writers.library.consistency.begin_list_reading(
        home.player, ListReading(START - 99 * DAY, START), home.clock.now()
    )
    home.run_for(3 * DAY)
    assert len(home.current()) == 14
    assert home.checks() == [(True, 0, 0, None)]


def test_points_of_a_hardcore_unlock_count_as_the_list_has_them_now(home: UnlockHarness) -> None:
    """The list no longer shows its softcore unlock, which is the first one all the same."""
    achievement = next(iter(home.world.catalogue.games[3].achievements))
    now = home.clock.now().replace(microsecond=0)
    home.world.unlock("Tester", 3, achievement, now, hardcore=True)
    home.run_for(DAY / 2)
    home.world.catalogue.set_points(3, achievement, 1)
    home.run_for(3 * DAY)
    assert home.checks()[-1] == (True, 0, 0, None)
    assert home.first_points() == 3 * 90 - 5 + 1
    assert home.site.list_readings() == 1


def test_absurd_points_of_an_unlock_cost_no_run(home: UnlockHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    home.world.earn("Tester", 4, 2, home.clock.now().replace(microsecond=0), hardcore=True)
    listed = [replace(unlock, points=MAX_NUMBER) for unlock in home.site.shown()]
    monkeypatch.setattr(home.site, "shown", lambda: listed)
    home.run_for(2 * DAY)
    assert home.checks()[-1][0] is False
