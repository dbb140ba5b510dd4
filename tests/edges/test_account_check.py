"""The sum check and the search on both databases: what they find, and where they go on."""

from collections.abc import Iterator

import pytest

from syncer.core.events import WarningRaised
from syncer.core.model.consistency import Points
from syncer.core.model.polling import Outcome
from syncer.core.model.progress import MAX_NUMBER
from syncer.store.db.tables import rejections, snapshots, targets

from .polling_harness import DEMOTED, HOUR, MINUTE, RESET, PollingHarness, begin_search

UNIQUE = (10, 100, 2, 23, 1, 13)
ONE_LESS = (10, 100, 1, 15, 1, 10)


@pytest.fixture
def home(database_url: str) -> Iterator[PollingHarness]:
    """60 followed games on six consoles; the sums agree."""
    made = PollingHarness(database_url)
    assert made.compare().outcome is Outcome.EQUAL
    yield made
    made.close()


def test_sums_that_agree_are_one_row_that_is_extended(home: PollingHarness) -> None:
    for _ in range(3):
        assert home.compare(HOUR).outcome is Outcome.EQUAL
    assert home.checks() == [(True, 0, 0, None, 4)]
    assert home.check.search(home.player) == 0


def test_a_reset_game_is_found_by_its_points_and_the_sums_agree_again(home: PollingHarness) -> None:
    home.site.numbers[42] = UNIQUE
    home.poll([42])
    home.site.numbers[42] = RESET
    begin_search(home)
    assert home.check.search(home.player) == 1 + 1
    assert 42 in home.polled[-1]
    assert home.site.lists == []
    assert home.checks()[-1] == (True, 0, 0, None, 1)


def test_an_achievement_that_was_reset_is_found_by_polling_all_games(home: PollingHarness) -> None:
    home.site.numbers[42] = ONE_LESS
    begin_search(home)
    requests = home.check.search(home.player)
    assert home.site.lists == [1, 2, 3, 4, 5, 6]
    assert any(42 in batch for batch in home.polled)
    assert 42 in home.polled[-1]  # then nothing more is polled
    assert requests == 1 + 6 + len(home.polled)
    assert home.checks()[-1] == (True, 0, 0, None, 1)
    assert home.job("search").cursor is None


def test_a_revised_set_is_found_by_the_list_of_its_console_and_the_batch_is_filled(
    home: PollingHarness,
) -> None:
    home.site.numbers[42] = DEMOTED
    begin_search(home)
    home.check.search(home.player)
    assert home.site.lists == [1, 2, 3, 4, 5]
    (batch,) = home.polled
    assert batch[0] == 42
    assert len(batch) == len(set(batch)) == home.size
    assert home.checks()[-1][0]


@pytest.mark.on_postgres
def test_consoles_with_most_games_that_have_an_unlock_are_listed_first(home: PollingHarness) -> None:
    for game in (*range(1, 31), *range(41, 46)):
        home.change(snapshots, snapshots.c.game_id == game, num_achieved=0)
    home.site.extra = 5
    begin_search(home)
    home.check.search(home.player, limit=3)
    assert home.site.lists == [4, 6]  # and one request for the points


def test_a_search_goes_on_in_the_next_run_where_it_stopped(home: PollingHarness) -> None:
    home.site.extra = 50
    begin_search(home)
    used: list[int] = []
    while not used or used[-1]:
        used.append(home.check.search(home.player, limit=5))
        home.clock.pass_by(15 * 60)
    assert max(used) <= 5
    assert home.site.lists == [1, 2, 3, 4, 5, 6]
    assert sorted(game for batch in home.polled for game in batch) == list(range(1, 61))


def test_what_a_search_did_not_explain_is_the_residual_and_starts_nothing_until_it_changes(
    home: PollingHarness,
) -> None:
    home.site.extra = 50
    begin_search(home)
    home.check.search(home.player)
    assert home.job("check").next_at == home.clock.now() + 5 * MINUTE
    assert home.compare().outcome is Outcome.EXPLAINED
    assert home.job("search").cursor is None
    requests = home.site.requests
    for _ in range(30):
        assert home.compare(HOUR).outcome is Outcome.EXPLAINED
        assert home.check.search(home.player) == 0
    assert home.site.requests == requests
    assert home.checks()[1:] == [(False, 50, 0, None, 2), (False, 50, 0, 50, 31)]
    home.site.extra = 60
    begin_search(home)
    home.check.search(home.player)
    home.compare()
    home.site.extra = 0
    assert home.compare(HOUR).outcome is Outcome.EQUAL
    assert home.checks()[-1] == (True, 0, 0, None, 1)


def test_a_search_ends_as_soon_as_only_the_known_residual_is_left(home: PollingHarness) -> None:
    home.site.extra = 50
    begin_search(home)
    home.check.search(home.player)
    home.compare()
    home.polled.clear()
    home.site.numbers[3] = DEMOTED
    begin_search(home)
    home.clock.pass_by(6 * 3600)
    home.check.search(home.player)
    assert [3 in batch for batch in home.polled] == [True]
    assert home.compare().outcome is Outcome.EXPLAINED


def test_the_lists_are_read_once_in_six_hours_and_a_search_begins_once_an_hour(home: PollingHarness) -> None:
    home.site.extra = 50
    begin_search(home)
    home.check.search(home.player)
    home.compare()
    home.site.extra = 60
    assert home.compare(20 * MINUTE).outcome is Outcome.RECHECK
    assert home.compare().outcome is Outcome.WAITING
    assert home.check.search(home.player) == 0
    next_at = home.job("check").next_at
    assert next_at == home.job("search").last_at + HOUR
    assert home.compare(next_at - home.clock.now()).outcome is Outcome.SEARCHING
    home.polled.clear()
    home.clock.pass_by(60)
    home.check.search(home.player)
    assert len(home.site.lists) == 6
    assert sum(map(len, home.polled)) == 60


def test_a_list_that_fails_is_passed_and_after_two_the_games_are_polled(home: PollingHarness) -> None:
    home.site.extra, home.site.failing_lists = 5, {1, 3, 4}
    begin_search(home)
    home.check.search(home.player)
    assert home.site.lists == [1, 2, 3, 4]
    assert len([event for event in home.events if isinstance(event, WarningRaised)]) == 3
    assert sum(map(len, home.polled)) == 60


def test_a_search_ends_also_if_the_database_never_gets_a_newer_poll(home: PollingHarness) -> None:
    home.site.extra = 5
    begin_search(home)
    store = home._store
    home._store = lambda *args: None  # type: ignore[method-assign]
    runs = 0
    while home.check.search(home.player, limit=10):
        runs += 1
        assert runs < 10
    assert home.compare().outcome is Outcome.EXPLAINED
    home._store = store  # type: ignore[method-assign]


@pytest.mark.on_postgres
def test_no_search_runs_while_a_target_fails_or_an_answer_is_suspect(home: PollingHarness) -> None:
    home.site.extra = 50
    home.change(targets, targets.c.game_id == 7, failures=1)
    home.compare(HOUR)
    assert home.compare().outcome is Outcome.WAITING
    home.change(targets, targets.c.game_id == 7, failures=0)
    assert home.compare(HOUR).outcome is Outcome.SEARCHING
    moments = {"first_seen_at": home.clock.now(), "last_seen_at": home.clock.now(), "poll_count": 1}
    suspect = {"player_id": 1, "game_id": 8, "reason": "suspect_zero", "raw": "[]", **moments}
    home.insert(rejections, **suspect)
    assert home.check.search(home.player) == 0
    home.change(rejections, rejections.c.game_id == 8, ended_at=home.clock.now())
    assert home.check.search(home.player) > 0


@pytest.mark.on_postgres
def test_rows_of_lists_that_cannot_be_read_forbid_no_search(home: PollingHarness) -> None:
    moments = {"first_seen_at": home.clock.now(), "last_seen_at": home.clock.now(), "poll_count": 1}
    home.insert(rejections, player_id=1, reason="unparsable_row", raw="{}", **moments)
    home.site.extra = 50
    begin_search(home)


def test_nothing_is_compared_before_every_game_was_polled_but_a_failing_one_waits_for_nothing(
    home: PollingHarness,
) -> None:
    home.add_game(61)
    assert home.compare(HOUR).outcome is Outcome.INCOMPLETE
    assert len(home.checks()) == 1
    home.change(targets, targets.c.game_id == 61, failures=1)
    assert home.compare(HOUR).outcome is Outcome.RECHECK


def test_events_and_games_that_are_no_longer_followed_are_not_counted(home: PollingHarness) -> None:
    home.add_game(61, is_event=True)
    home.poll([61])
    del home.site.numbers[61]  # the site's sums leave events out
    home.change(targets, targets.c.game_id == 5, removed_at=home.clock.now())
    del home.site.numbers[5]
    assert home.compare(HOUR).outcome is Outcome.EQUAL


def test_absurd_points_fit_into_a_comparison(home: PollingHarness) -> None:
    for game in (1, 2):
        home.site.numbers[game] = (10, 100, 2, MAX_NUMBER, 2, MAX_NUMBER)
        home.poll([game])
    home.site.numbers[3] = (10, 100, 2, 0, 2, MAX_NUMBER)
    home.poll([3])
    status = home.writers.polling.sum_status(home.player, home.clock.now(), with_unlocks=False)
    assert status.ours == Points(MAX_NUMBER, 0)


@pytest.mark.on_postgres
def test_points_that_fell_are_searched_without_lists_where_few_games_have_as_many(
    home: PollingHarness,
) -> None:
    for game in range(1, 49):  # too many to poll them all, but these have no points to lose
        home.site.numbers[game] = RESET
        home.change(snapshots, snapshots.c.game_id == game, score_achieved=0, score_achieved_hardcore=0)
    home.site.numbers[50] = DEMOTED
    begin_search(home)
    home.check.search(home.player)
    assert home.site.lists == []
    assert {game for batch in home.polled for game in batch} <= set(range(49, 61))
    assert home.checks()[-1][0]


def test_lists_are_read_where_no_game_alone_has_the_points_that_fell(home: PollingHarness) -> None:
    """Two sets were revised: no game has lost so many points, and all would be polled without the lists."""
    for game in (3, 43):
        home.site.numbers[game] = DEMOTED
    begin_search(home)
    home.check.search(home.player)
    assert home.site.lists == [1, 2, 3, 4, 5]
    assert [batch[0] for batch in home.polled] == [3, 43]
    assert home.checks()[-1][0]
