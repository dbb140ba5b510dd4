"""The sum check and the search on both databases: what they find, and where they go on."""

from collections.abc import Iterator

import pytest

from syncer.core.events import WarningRaised
from syncer.core.model.consistency import Points
from syncer.core.model.polling import Outcome
from syncer.core.model.progress import MAX_NUMBER
from syncer.core.monitoring.health import Tolerance
from syncer.store.db.account_tables import consistency_checks, unlocks
from syncer.store.db.tables import players, rejections, snapshots, targets

from .harness import START
from .polling_harness import DAY, HOUR, MINUTE, PollingHarness

RESET = (10, 100, 0, 0, 0, 0)
DEMOTED = (9, 90, 1, 10, 1, 10)


@pytest.fixture
def home(database_url: str) -> Iterator[PollingHarness]:
    """60 followed games on six consoles; the sums agree."""
    made = PollingHarness(database_url)
    assert made.compare().outcome is Outcome.EQUAL
    yield made
    made.close()


def begin_search(home: PollingHarness) -> None:
    """Let two checks find a difference."""
    first = home.compare(HOUR)
    assert (first.outcome, first.next_at) == (Outcome.RECHECK, home.clock.now() + 5 * MINUTE)
    assert home.job("check").next_at == first.next_at
    assert home.compare().outcome is Outcome.SEARCHING
    assert home.job("check").next_at is None
    home.clock.pass_by(60)


def test_sums_that_agree_are_one_row_that_is_extended(home: PollingHarness) -> None:
    for _ in range(3):
        assert home.compare(HOUR).outcome is Outcome.EQUAL
    assert home.checks() == [(True, 0, 0, None, 4)]
    assert home.check.search(home.player) == 0


def test_a_reset_game_is_found_by_polling_all_games_and_the_sums_agree_again(home: PollingHarness) -> None:
    home.site.numbers[42] = RESET
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
    assert home.compare(HOUR).outcome is Outcome.SEARCHING
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


# Only some games are followed


@pytest.fixture
def part(database_url: str) -> Iterator[PollingHarness]:
    """20 of 40 games are followed; the unlocks of all are stored."""
    made = PollingHarness(database_url, 40, 20, played=False)
    made.unlocks = True
    made.change(players, players.c.id == 1, unlocks_synced_until=START)
    for game in range(1, 41):
        add_unlock(made, game, 1, hardcore=True)
        add_unlock(made, game, 1, hardcore=False)
        add_unlock(made, game, 2, hardcore=False)
    yield made
    made.close()


def add_unlock(home: PollingHarness, game: int, number: int, *, hardcore: bool) -> None:
    row = {"player_id": 1, "achievement_id": game * 10 + number, "hardcore": hardcore, "game_id": game}
    moments = {"unlocked_at": START - DAY, "first_seen_at": home.clock.now(), "source": "seen"}
    home.insert(unlocks, **row, **moments, points=10, title="")


def test_unlocks_of_games_that_are_not_followed_are_part_of_our_sums(part: PollingHarness) -> None:
    assert part.compare().outcome is Outcome.EQUAL
    part.site.numbers[30] = (10, 100, 3, 30, 2, 20)
    assert part.compare(HOUR).outcome is Outcome.RECHECK
    add_unlock(part, 30, 3, hardcore=True)
    assert part.compare().outcome is Outcome.EQUAL


def test_a_change_that_they_do_not_explain_starts_a_search_at_most_once_in_six_hours(
    part: PollingHarness,
) -> None:
    part.site.extra = 30
    assert part.compare().outcome is Outcome.EXPLAINED  # the first difference
    part.site.numbers[4] = RESET
    begin_search(part)
    part.check.search(part.player)
    assert 4 in part.polled[-1]
    assert part.compare().outcome is Outcome.EXPLAINED
    part.site.numbers[5] = RESET
    part.compare(HOUR)
    assert part.compare().outcome is Outcome.WAITING
    assert part.compare(5 * HOUR).outcome is Outcome.SEARCHING


def test_without_unlocks_the_difference_of_other_games_is_known_until_it_changes(
    part: PollingHarness,
) -> None:
    part.unlocks = False
    assert part.compare().outcome is Outcome.EXPLAINED
    assert part.checks() == [(False, 200, 200, 200, 1)]
    assert part.compare(HOUR).outcome is Outcome.EXPLAINED


def test_before_all_unlocks_are_stored_nothing_is_compared(part: PollingHarness) -> None:
    part.change(players, players.c.id == 1, unlocks_synced_until=None)
    assert part.compare().outcome is Outcome.INCOMPLETE
    part.unlocks = False
    assert part.compare().outcome is Outcome.EXPLAINED


# What the sweep and the pages read


def test_changes_and_days_are_counted_for_each_followed_game(home: PollingHarness) -> None:
    for count in (3, 4, 5):
        home.clock.pass_by(86400)
        home.site.numbers[1] = with_unlocks(count)
        home.poll([1, 2])
    now = home.clock.now()
    found = home.writers.polling.observations(home.player, now - 90 * DAY)
    assert (found[1], found[2][0], found[3]) == ((3, 3.0 + 5 / 1440), 0, (0, 0.0))
    recent = home.writers.polling.observations(home.player, now - 1.5 * DAY)
    assert recent[1] == (2, 1.5)
    assert recent[3] == (0, 0.0)


def with_unlocks(count: int) -> tuple[int, int, int, int, int, int]:
    return (10, 100, count, count * 10, 0, 0)


def test_the_report_says_when_the_sums_agreed_what_is_searched_and_what_is_left(home: PollingHarness) -> None:
    agreed_at = home.clock.now()
    home.site.extra = 50
    begin_search(home)
    searched_at = home.clock.now() - MINUTE
    report = home.queries.polling.sum_report(1)
    assert report is not None
    assert (report.agreed_at, report.difference, report.residual) == (agreed_at, Points(50, 0), None)
    assert report.search is not None
    assert report.searched_at == searched_at
    home.check.search(home.player)
    home.compare()
    left = home.queries.polling.sum_report(1)
    assert left is not None
    assert (left.residual, left.search, left.checked_at) == (Points(50, 0), None, home.clock.now())
    home.site.extra = 0
    home.compare(HOUR)
    equal = home.queries.polling.sum_report(1)
    assert equal is not None
    assert (equal.agreed_at, equal.residual) == (home.clock.now(), None)
    assert home.queries.polling.sum_report(2) is None


def test_the_health_of_a_player_has_the_points_that_are_not_explained(home: PollingHarness) -> None:
    tolerance = Tolerance(30 * MINUTE)
    (health,) = home.queries.health.player_health(home.clock.now(), tolerance)
    assert health.unexplained == Points(0, 0)
    home.site.extra = 50
    home.compare(HOUR)
    (health,) = home.queries.health.player_health(home.clock.now(), tolerance)
    assert health.unexplained == Points(50, 0)
    with home.database.writing() as tx:
        tx.execute(consistency_checks.update().values(subject="unlocks"))
    (health,) = home.queries.health.player_health(home.clock.now(), tolerance)
    assert health.unexplained is None
