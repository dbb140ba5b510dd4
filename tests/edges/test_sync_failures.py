"""Requests or writes that fail during a run: the outcome of the run, and what stays stored."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from syncer.core.errors import (
    ApiError,
    BatchError,
    DatabaseCorrupt,
    EmptyResponse,
    RequestTooLarge,
    StoreBusy,
    TransientError,
    UrlTooLong,
)
from syncer.core.model.progress import ProgressResponse
from syncer.core.model.run import RunOutcome

from .harness import SyncHarness


@pytest.fixture
def home(tmp_path: Path) -> Iterator[SyncHarness]:
    made = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}")
    yield made
    made.close()


def test_failing_profile_request_does_not_fail_the_run(home: SyncHarness) -> None:
    home.poll()
    home.clock.pass_by(2 * 86400)
    profile = home.source.profile

    def broken(user: str) -> object:
        profile(user)
        raise TransientError("cut")

    home.source.profile = broken  # type: ignore[assignment, method-assign]
    assert home.poll().outcome is RunOutcome.OK


def test_released_name_without_a_player_raises_a_warning(home: SyncHarness) -> None:
    home.world.rename("Tester", "Middle")
    home.name = "Middle"
    home.poll()
    home.world.rename("Middle", "Newest")
    home.clock.pass_by(2 * 86400)
    home.poll()
    assert any("ulid" in getattr(event, "what", "") for event in home.events)


def test_failing_batch_counts_one_outage_and_a_miss_for_each_target(
    home: SyncHarness,
) -> None:
    home.poll()
    home.source.poison, home.source.poisoned = {1, 2, 3, 4}, BatchError("500", raw="oops")
    home.clock.pass_by(900)
    report = home.poll()
    assert (report.outcome, report.exit_code) == (RunOutcome.FAILED, 69)
    assert home.source.limiter.read().outage_failures == 1
    now = home.clock.now()
    (status,) = home.queries.status.of([home.tracked], now, now, timedelta(0))
    assert status["failing"] == 4


@pytest.mark.parametrize("refusal", [UrlTooLong("414"), RequestTooLarge("422")])
def test_too_many_ids_are_retried_in_halves(home: SyncHarness, refusal: ApiError) -> None:
    home.poll()
    progress = home.source.progress

    def short(user: str, game_ids: object) -> ProgressResponse:
        if len(game_ids) > 2:  # type: ignore[arg-type]
            raise refusal
        return progress(user, game_ids)  # type: ignore[arg-type]

    home.source.progress = short  # type: ignore[method-assign]
    home.clock.pass_by(900)
    report = home.poll()
    assert (report.outcome, report.targets_seen) == (RunOutcome.OK, 4)


def test_busy_database_defers_the_run_after_four_attempts(home: SyncHarness) -> None:
    home.poll()
    attempts = []

    def busy(*arguments: object) -> object:
        attempts.append(arguments)
        raise StoreBusy("locked")

    home.writers.runs.batch = busy  # type: ignore[assignment, method-assign]
    home.clock.pass_by(900)
    assert home.poll().exit_code == 75
    assert len(attempts) == 4


def test_damaged_database_is_not_retried(home: SyncHarness) -> None:
    home.poll()

    def damaged(*_: object) -> object:
        raise DatabaseCorrupt("broken")

    home.writers.runs.batch = damaged  # type: ignore[assignment, method-assign]
    home.writers.runs.close_run = damaged  # type: ignore[assignment, method-assign]
    home.clock.pass_by(900)
    assert home.poll().exit_code == 65


def test_run_that_cannot_be_closed_raises(home: SyncHarness) -> None:
    home.poll()

    def busy(*_: object) -> object:
        raise StoreBusy("locked")

    home.writers.runs.close_run = busy  # type: ignore[assignment, method-assign]
    home.clock.pass_by(900)
    with pytest.raises(StoreBusy):
        home.sync()


def test_a_player_is_resolved_by_the_sites_time_where_it_differs_by_a_week(home: SyncHarness) -> None:
    home.source.site_clock_off = timedelta(days=7)
    report = home.poll()
    assert (report.outcome, report.error) == (
        RunOutcome.OK,
        "the machine's clock is 7 days slow; the site's time is recorded",
    )
    assert home.player.added_at >= home.clock.now() + timedelta(days=6)


def test_empty_answer_is_a_failure_of_the_site_while_the_profile_answers(home: SyncHarness) -> None:
    home.poll()
    progress = home.source.progress

    def empty(user: str, game_ids: object) -> ProgressResponse:
        raise EmptyResponse("[]", raw="[]")

    home.source.progress = empty  # type: ignore[method-assign]
    home.clock.pass_by(900)
    assert home.poll().outcome is RunOutcome.FAILED
    home.source.progress = progress  # type: ignore[method-assign]
    home.world.delete_account("Tester")
    home.clock.pass_by(900)
    report = home.poll()
    assert (report.outcome, report.exit_code) == (RunOutcome.FAILED, 69)
    assert len(home.history(1)) == 1


def test_missing_game_makes_the_run_partial(home: SyncHarness) -> None:
    home.source.fault = lambda games: {game: seen for game, seen in games.items() if game != 3}
    assert home.poll().exit_code == 3
