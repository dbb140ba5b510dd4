"""Mass drops over several runs: which games wait, what is requested, and what accepts the drop."""

from dataclasses import replace
from datetime import timedelta

import pytest

from syncer.core.model.decision import RejectionReason, Verdict
from syncer.core.model.mass_drop import AccountSums
from syncer.core.model.progress import Progress
from syncer.core.model.schedule import IntervalSchedule
from tests.fakes import ULID

from .harness import GOOD, HOUR, MINUTE, MORE, RESET, ZERO, MemoryHarness

BEFORE = AccountSums(1000, 500)
DAY = timedelta(days=1)
# A game like GOOD has 10 points in hardcore and 10 in softcore.


def home_with_points() -> MemoryHarness:
    """Make six games, in requests of three, and an account of 1,000 and 500 points."""
    made = MemoryHarness(range(1, 7), batch_size=3)
    made.poll()
    made.store.sums_before = BEFORE
    account(made, 1000, 500)
    return made


home = pytest.fixture(home_with_points)


def account(home: MemoryHarness, hardcore: int, softcore: int) -> None:
    for name in ("tester", ULID.lower()):
        profile = home.source.profiles[name]
        home.source.profiles[name] = replace(profile, total_points=hardcore, total_softcore_points=softcore)


def drop(home: MemoryHarness, *games: int) -> None:
    home.source.games |= dict.fromkeys(games, RESET)


def run_due(home: MemoryHarness, length: timedelta, step: timedelta = 5 * MINUTE) -> None:
    """Let time pass, and poll what is due, as the daemon does."""
    until = home.clock.now() + length
    while home.clock.now() < until:
        home.clock.pass_by(step.total_seconds())
        home.sync(only_due=True)


def test_only_the_games_that_fell_wait_and_other_numbers_are_stored(home: MemoryHarness) -> None:
    home = MemoryHarness((1, 2, 3, 4, 5))
    home.poll()
    drop(home, 1, 2, 3)
    home.source.games[4] = MORE
    report = home.poll(15 * MINUTE)
    assert report.verdicts == {Verdict.SUSPECT: 3, Verdict.CHANGED: 1, Verdict.SAME: 1}
    assert {home.store.streaks[g].reason for g in (1, 2, 3)} == {RejectionReason.MASS_DROP}
    home.source.games[4] = GOOD
    assert home.poll(5 * MINUTE).verdicts == {Verdict.SUSPECT: 3, Verdict.CHANGED: 1, Verdict.SAME: 1}


def test_the_first_request_alone_is_repeated_after_ten_minutes_and_then_hourly(home: MemoryHarness) -> None:
    drop(home, *home.games)
    home.poll(15 * MINUTE)
    home.source.asked.clear()
    home.source.names.clear()
    times = list[int]()
    for minute in range(1, 200):
        home.clock.pass_by(60)
        home.sync(only_due=True)
        times += [minute] * len(home.source.asked)
        assert set(home.source.asked) <= {(1, 2, 3)}
        home.source.asked.clear()
    assert times == [10, 70, 130, 190]
    assert len(home.source.names) == 4  # each with the account's sums beside it


def test_the_other_games_are_polled_as_promised_while_a_drop_stands(home: MemoryHarness) -> None:
    drop(home, 1, 2, 3)
    home.poll(15 * MINUTE)
    run_due(home, HOUR)
    assert home.store.targets[4].expected_at == home.clock.now() + 15 * MINUTE
    assert home.store.targets[1].expected_at == home.clock.now() - HOUR


def test_a_drop_is_accepted_after_six_hours_if_the_sums_fell_by_what_the_games_lost(
    home: MemoryHarness,
) -> None:
    drop(home, *home.games)
    home.poll(15 * MINUTE)
    account(home, 1000 - 60, 500 - 60)
    run_due(home, 6 * HOUR)
    assert home.progress_of(1) == [GOOD]
    run_due(home, 15 * MINUTE)
    assert [home.progress_of(g) for g in home.games] == [[GOOD, RESET]] * 6
    assert home.store.streaks == {}
    assert home.warnings() == []


def test_after_it_is_accepted_the_games_that_fell_are_polled_once(home: MemoryHarness) -> None:
    drop(home, *home.games)
    home.poll(15 * MINUTE)
    account(home, 0, 0)
    run_due(home, 6 * HOUR + 5 * MINUTE)
    home.source.asked.clear()
    run_due(home, 12 * MINUTE, 2 * MINUTE)
    assert home.source.asked == [(1, 2, 3), (4, 5, 6)]


def test_three_polls_are_needed_however_long_it_lasts(home: MemoryHarness) -> None:
    drop(home, 1, 2, 3)
    home.poll(15 * MINUTE)
    account(home, 0, 0)
    home.poll(7 * HOUR)
    assert home.progress_of(1) == [GOOD]
    home.poll(MINUTE)
    assert home.progress_of(1) == [GOOD, RESET]


@pytest.mark.parametrize(("hardcore", "softcore"), [(1000, 500), (971, 470), (970, 471), (1000, 470)])
def test_a_drop_that_the_sums_do_not_show_is_reported_daily_and_accepted_after_seven_days(
    home: MemoryHarness, hardcore: int, softcore: int
) -> None:
    drop(home, 1, 2, 3)
    home.poll(15 * MINUTE)
    account(home, hardcore, softcore)
    run_due(home, 7 * DAY - HOUR, 30 * MINUTE)
    assert home.progress_of(1) == [GOOD]
    assert len(home.warnings()) == 7
    assert "3 games fell to 0 achievements in one answer of 2026-05-01 12:15 UTC" in home.warnings()[0]
    run_due(home, 2 * HOUR, 30 * MINUTE)
    assert home.progress_of(1) == [GOOD, RESET]


def test_unequal_polls_start_the_seven_days_again(home: MemoryHarness) -> None:
    drop(home, 1, 2, 3)
    home.poll(15 * MINUTE)
    run_due(home, 4 * DAY, 30 * MINUTE)
    home.source.games[1] = Progress(11, 110, 0, 0, 0, 0)
    run_due(home, 5 * DAY, 30 * MINUTE)
    assert home.progress_of(1) == [GOOD]
    run_due(home, 3 * DAY, 30 * MINUTE)
    assert home.progress_of(1) == [GOOD, Progress(11, 110, 0, 0, 0, 0)]


def test_a_half_in_which_the_games_lost_nothing_needs_no_fall() -> None:
    home = MemoryHarness((1, 2, 3))
    home.source.games = dict.fromkeys((1, 2, 3), Progress(10, 100, 2, 20, 2, 20))
    home.poll()
    home.store.sums_before = BEFORE
    drop(home, 1, 2, 3)
    home.poll(15 * MINUTE)
    account(home, 940, 505)  # softcore points were earned in another game
    run_due(home, 6 * HOUR + 15 * MINUTE)
    assert home.progress_of(1)[-1] == RESET


def test_a_profile_that_fails_proves_nothing(home: MemoryHarness) -> None:
    drop(home, 1, 2, 3)
    home.poll(15 * MINUTE)
    run_due(home, 8 * HOUR)
    assert home.progress_of(1) == [GOOD]


def test_further_falls_join_the_drop(home: MemoryHarness) -> None:
    drop(home, 1, 2, 3)
    home.poll(15 * MINUTE)
    drop(home, 5)
    assert home.poll(15 * MINUTE).verdicts == {Verdict.SUSPECT: 4, Verdict.SAME: 2}
    account(home, 1000 - 40, 500 - 39)
    run_due(home, 7 * HOUR)
    assert home.progress_of(5) == [GOOD]
    account(home, 1000 - 40, 500 - 40)
    run_due(home, 2 * HOUR)
    assert home.progress_of(5) == [GOOD, RESET]


def test_a_drop_whose_games_are_back_ends_and_all_its_games_are_polled(home: MemoryHarness) -> None:
    drop(home, *home.games)
    home.poll(15 * MINUTE)
    home.source.games = dict.fromkeys(home.games, GOOD)
    run_due(home, 20 * MINUTE)
    assert home.store.drop is None
    assert home.store.streaks == {}
    assert [home.progress_of(g) for g in home.games] == [[GOOD]] * 6


def test_a_game_that_is_back_alone_is_polled_on_while_the_others_wait(home: MemoryHarness) -> None:
    drop(home, 1, 2, 3)
    home.poll(15 * MINUTE)
    home.source.games[1] = MORE
    run_due(home, 30 * MINUTE)
    assert home.progress_of(1) == [GOOD, MORE]
    assert home.store.drop is not None
    assert set(home.store.streaks) == {2, 3}


def test_one_game_that_falls_after_an_accepted_drop_is_a_reset(home: MemoryHarness) -> None:
    drop(home, 1, 2, 3)
    home.poll(15 * MINUTE)
    account(home, 0, 0)
    run_due(home, 7 * HOUR)
    assert home.verdict_of(RESET, game=5) is Verdict.CHANGED


def test_games_without_a_set_do_not_count_as_fallen() -> None:
    home = MemoryHarness((1, 2, 3, 4))
    home.poll()
    home.source.games |= {1: RESET, 2: RESET, 3: ZERO, 4: ZERO}
    assert home.poll(15 * MINUTE).verdicts == {Verdict.CHANGED: 2, Verdict.SUSPECT: 2}


def test_a_game_whose_set_is_emptied_while_a_drop_stands_keeps_the_rule_of_six_zeros(
    home: MemoryHarness,
) -> None:
    drop(home, 1, 2, 3)
    home.poll(15 * MINUTE)
    home.verdict_of(ZERO, game=5)
    assert home.store.streaks[5].reason is RejectionReason.SUSPECT_ZERO
    assert home.verdict_of(ZERO, 10 * MINUTE, game=5) is Verdict.CHANGED


def test_a_request_that_fails_is_repeated_by_the_backoff(home: MemoryHarness) -> None:
    drop(home, 1, 2, 3)
    home.poll(15 * MINUTE)
    del home.source.games[1], home.source.games[2], home.source.games[3]
    home.source.asked.clear()
    run_due(home, 40 * MINUTE, MINUTE)
    assert len([batch for batch in home.source.asked if 1 in batch]) == 2  # after 10 minutes, and 30 later


def test_ten_thousand_games_cost_at_most_150_requests_until_the_drop_is_accepted() -> None:
    home = MemoryHarness(range(1, 10_001))
    home.schedule = IntervalSchedule(DAY)  # so that only the drop itself is polled again
    home.poll()
    home.store.sums_before = AccountSums(100_000, 100_000)
    account(home, 0, 0)
    drop(home, *home.games)
    before = home.source.requests
    home.poll(DAY)
    run_due(home, 6 * HOUR, 10 * MINUTE)
    assert home.source.requests - before <= 150
    assert home.progress_of(1) == [GOOD]
    run_due(home, 30 * MINUTE, 10 * MINUTE)
    assert home.progress_of(10_000) == [GOOD, RESET]
    assert home.source.requests - before <= 250
