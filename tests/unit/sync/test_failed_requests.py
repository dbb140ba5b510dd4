"""Empty answers and failures of the witness: the run ends and backs off."""

from datetime import timedelta

import pytest

from syncer.core.errors import (
    ApiError,
    BatchError,
    EmptyResponse,
    InvalidRequest,
    SiteUnavailable,
    StoreBusy,
    UrlTooLong,
)
from syncer.core.model.run import RunOutcome
from tests.fakes import ULID

from .harness import HOUR, MINUTE, MemoryHarness


def test_an_empty_answer_is_a_failure_of_the_site_while_the_profile_is_answered(home: MemoryHarness) -> None:
    before = dict(home.store.targets)
    home.source.fault = lambda ids: EmptyResponse("[]", raw="[]")
    report = home.poll(15 * MINUTE)
    assert (report.exit_code, home.source.names, home.store.raws) == (69, [ULID], ["[]"])
    assert home.store.targets == before


def test_an_empty_answer_about_a_player_who_is_gone_is_no_outage(home: MemoryHarness) -> None:
    before = dict(home.store.targets)
    home.source.fault = lambda ids: EmptyResponse("[]", raw="[]")
    home.source.profiles.clear()
    report = home.poll(15 * MINUTE)
    assert (report.outcome, report.exit_code) == (RunOutcome.FAILED, 69)
    assert home.store.player is not None
    assert home.store.player.gone_at == home.clock.now()
    assert (home.budget.wait_reason, home.store.targets) == (None, before)


def test_the_wait_after_empty_answers_doubles_though_the_profile_is_answered(home: MemoryHarness) -> None:
    home.source.fault = lambda ids: EmptyResponse("[]")
    for _ in range(4):
        home.poll(2 * HOUR)
    assert home.budget.outage_failures == 4
    home.source.fault = lambda ids: None
    home.poll(2 * HOUR)
    assert home.budget.outage_failures == 0


@pytest.mark.parametrize("odd", [UrlTooLong("414"), InvalidRequest("422"), SiteUnavailable("404")])
def test_a_witness_that_fails_in_any_way_is_an_outage(home: MemoryHarness, odd: ApiError) -> None:
    home.source.fault = lambda ids: BatchError("500")
    home.source.profile_failure = odd
    assert home.poll(15 * MINUTE).exit_code == 69
    assert home.budget.not_before is not None


@pytest.mark.parametrize("error", [UrlTooLong("414"), InvalidRequest("422"), EmptyResponse("[]")])
def test_a_run_that_a_failure_ends_is_not_repeated_at_once(home: MemoryHarness, error: ApiError) -> None:
    home.source.fault = lambda ids: error
    home.poll(15 * MINUTE)
    assert home.budget.not_before is not None


def test_an_outage_that_cannot_be_stored_ends_the_run_without_a_crash(home: MemoryHarness) -> None:
    home.source.fault = lambda ids: SiteUnavailable("DNS")
    home.source.limiter.apply = lambda transition: (_ for _ in ()).throw(StoreBusy("locked"))  # type: ignore[method-assign]
    assert home.poll(15 * MINUTE).exit_code == 75


def test_a_profile_that_fails_in_the_first_run_is_an_outage() -> None:
    home = MemoryHarness()
    home.source.profile_failure = BatchError("500")
    assert home.poll().exit_code == 69
    assert home.budget.wait_reason == "outage"


@pytest.mark.parametrize(
    ("error", "first_wait"),
    [
        (SiteUnavailable("DNS"), MINUTE),
        (SiteUnavailable("403", first_wait=900), 15 * MINUTE),
        (InvalidRequest("422"), MINUTE),
        (UrlTooLong("414"), MINUTE),  # for a single game, too
        (EmptyResponse("[]"), MINUTE),
    ],
)
def test_the_first_backoff_of_each_failure_and_the_second_is_twice_as_long(
    home: MemoryHarness, error: ApiError, first_wait: timedelta
) -> None:
    home.source.fault = lambda ids: error
    for expected in (first_wait, 2 * first_wait):
        home.poll(2 * HOUR)
        assert home.budget.not_before is not None
        wait = home.budget.not_before - home.clock.now()
        assert expected <= wait <= 1.25 * expected  # with up to a quarter of jitter
    home.source.fault = lambda ids: None
    assert home.poll(2 * HOUR).exit_code == 0
    assert home.budget.not_before is None


def test_the_first_backoff_is_a_minute_when_no_batch_is_answered(home: MemoryHarness) -> None:
    home.source.fault = lambda ids: BatchError("500")
    home.poll(15 * MINUTE)
    assert home.budget.not_before is not None
    assert MINUTE <= home.budget.not_before - home.clock.now() <= 1.25 * MINUTE


def test_the_first_backoff_of_a_target_is_two_intervals(home: MemoryHarness) -> None:
    del home.source.games[1]
    for expected in (30 * MINUTE, 60 * MINUTE, 120 * MINUTE):
        home.poll(6 * HOUR)
        assert home.store.targets[1].due_at == home.clock.now() + expected
