"""Zeros, resets and wrong clocks over many runs, on both databases."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from syncer.core.model.progress import Progress
from syncer.core.model.run import RunOutcome
from syncer.store.admin.integrity import check

from .harness import Games, SyncHarness

HOUR = timedelta(hours=1)
ZERO = Progress(0, 0, 0, 0, 0, 0)


@pytest.fixture
def home(database_url: str) -> Iterator[SyncHarness]:
    made = SyncHarness(database_url)
    yield made
    assert check(made.database) == []
    made.close()


def zeros(games: Games) -> Games:
    return {game: ZERO for game in games}


def only_zero(game: int) -> "type[Games]":
    return lambda games: {**games, game: ZERO}  # type: ignore[return-value]


@pytest.mark.parametrize("off", [-HOUR, timedelta(days=3652)])
def test_a_wrong_clock_for_one_run_stores_the_sites_time(home: SyncHarness, off: timedelta) -> None:
    home.live(HOUR)
    true = home.clock.moment
    home.clock.moment += off
    assert home.poll().outcome is RunOutcome.OK
    last = home.history(1)[-1]["last_seen_at"]
    assert true <= last <= true + timedelta(seconds=1)
    home.clock.moment = true + timedelta(seconds=60)
    home.live(HOUR)
    assert home.kinds(1) == ["baseline"]
    assert home.history(1)[-1]["last_seen_at"] > home.clock.now() - timedelta(minutes=30)


def test_a_poll_after_a_small_step_back_is_stamped_just_after_the_last(home: SyncHarness) -> None:
    home.poll()
    last = home.history(1)[0]["last_seen_at"]
    home.clock.moment -= timedelta(seconds=60)
    assert home.poll().outcome is RunOutcome.OK
    assert home.history(1)[0]["last_seen_at"] == last + timedelta(milliseconds=1)


def test_zeros_with_a_good_poll_between_confirm_nothing(home: SyncHarness) -> None:
    home.world.earn("Tester", 1, 2, home.clock.now())
    home.poll()
    for fault in (only_zero(1), None, only_zero(1)):
        home.clock.pass_by(400)
        home.source.fault = fault  # type: ignore[assignment]
        home.poll()
    assert home.kinds(1) == ["baseline"]


def test_zeros_for_eleven_minutes_are_accepted_at_the_confirming_poll(home: SyncHarness) -> None:
    home.poll()
    home.source.fault = only_zero(1)  # type: ignore[assignment]
    for _ in range(3):
        home.clock.pass_by(330)
        home.poll()
    assert home.kinds(1) == ["baseline", "gone"]
    assert home.history(1)[1]["first_seen_at"] > home.history(1)[0]["last_seen_at"] + timedelta(minutes=10)


def test_six_zeros_of_all_games_keep_their_own_rule_and_are_no_loss(home: SyncHarness) -> None:
    for game in (1, 2, 3, 4):
        home.world.earn("Tester", game, 2, home.clock.now())
    home.poll()
    home.source.fault = zeros
    home.live(HOUR)
    home.source.fault = None
    home.live(HOUR)
    assert [home.kinds(game) for game in (1, 2, 3, 4)] == [["baseline", "gone", "returned"]] * 4


def test_a_return_from_zeros_at_the_first_poll_is_no_gain(home: SyncHarness) -> None:
    home.world.earn("Tester", 1, 2, home.clock.now())
    home.source.fault = zeros
    home.poll()
    home.source.fault = None
    home.clock.pass_by(900)
    home.poll()
    assert home.kinds(1) == ["baseline", "returned"]


def test_a_reset_of_one_game_is_stored_at_once(home: SyncHarness) -> None:
    home.world.earn("Tester", 1, 3, home.clock.now())
    home.poll()
    home.world.reset_game("Tester", 1)
    home.clock.pass_by(900)
    home.poll()
    assert home.kinds(1) == ["baseline", "reset"]
