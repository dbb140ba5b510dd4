"""How a run ends: outcome, exit code, and what is stored of it."""

from typing import Any

import pytest

from syncer.core.errors import (
    ApiError,
    Cancelled,
    ConfigError,
    DatabaseCorrupt,
    DatabaseIncompatible,
    Deferred,
    InvalidRequest,
    PlayerNotFound,
    RateLimited,
    SiteUnavailable,
    StoreBusy,
    StoreError,
    SyncerError,
    Unauthorized,
)
from syncer.core.model.decision import Verdict
from syncer.core.model.progress import GameId
from syncer.core.model.run import RunOutcome
from syncer.core.sync.run_report import classify_outcome
from tests.fakes import START

from .harness import GOOD, MINUTE, MORE, MemoryHarness


@pytest.mark.parametrize(
    ("error", "complete", "outcome", "code"),
    [
        (None, True, RunOutcome.OK, 0),
        (None, False, RunOutcome.PARTIAL, 3),
        (SiteUnavailable("DNS"), True, RunOutcome.FAILED, 69),
        (PlayerNotFound("gone"), True, RunOutcome.FAILED, 69),
        (StoreError("disk full"), True, RunOutcome.FAILED, 69),
        (RateLimited("429", START), True, RunOutcome.DEFERRED, 75),
        (Deferred("blocked", START), False, RunOutcome.DEFERRED, 75),
        (StoreBusy("locked"), True, RunOutcome.DEFERRED, 75),
        (Unauthorized("401"), True, RunOutcome.FAILED, 77),
        (ConfigError("name"), True, RunOutcome.FAILED, 78),
        (InvalidRequest("422"), True, RunOutcome.FAILED, 78),
        (DatabaseIncompatible("newer"), True, RunOutcome.FAILED, 78),
        (DatabaseCorrupt("corrupt"), True, RunOutcome.FAILED, 65),
        (Cancelled(), True, RunOutcome.INTERRUPTED, 130),
    ],
)
def test_each_error_has_an_outcome_and_an_exit_code(
    error: SyncerError | None, complete: bool, outcome: RunOutcome, code: int
) -> None:
    assert classify_outcome(error, complete) == (outcome, code)


def test_a_refused_key_ends_the_run_with_a_hint(home: MemoryHarness) -> None:
    home.source.fault = lambda ids: Unauthorized("the key was refused")
    report = home.poll(15 * MINUTE)
    assert (report.exit_code, report.error) == (77, "the key was refused")
    assert "syncer sync" in report.hint


def test_a_stopped_run_is_closed_as_interrupted(home: MemoryHarness) -> None:
    def stop(ids: tuple[GameId, ...]) -> ApiError | None:
        home.clock.stop()
        home.clock.wait(1)
        return None

    home.source.fault = stop
    report = home.poll(15 * MINUTE)
    assert report.outcome is RunOutcome.INTERRUPTED
    assert home.store.runs[2] == report


def test_a_poll_is_stored_after_a_transient_fault_of_the_database(home: MemoryHarness) -> None:
    home.clock.pass_by(900)
    home.store.failures = [StoreBusy("locked"), StoreError("unreachable")]
    assert home.poll().outcome is RunOutcome.OK
    assert home.clock.waits[-2:] == [0.5, 2.0]
    assert len(home.source.asked) == 1


@pytest.mark.parametrize(
    ("trouble", "code", "left"),
    [
        (StoreBusy("locked"), 75, 2),  # four tries
        (DatabaseCorrupt("broken"), 65, 5),  # no second try
        (DatabaseIncompatible("newer"), 78, 5),
    ],
)
def test_a_lasting_fault_of_the_database_ends_the_run(
    home: MemoryHarness, trouble: StoreError, code: int, left: int
) -> None:
    home.store.failures = [trouble] * 6
    home.store.close_failure = trouble
    assert home.poll(15 * MINUTE).exit_code == code
    assert len(home.store.failures) == left


def test_a_good_run_that_cannot_be_closed_raises(home: MemoryHarness) -> None:
    home.store.close_failure = StoreBusy("locked")
    with pytest.raises(StoreBusy):
        home.sync()


def test_a_batch_whose_commit_was_not_confirmed_is_reported_as_stored(home: MemoryHarness) -> None:
    home.source.games[1] = MORE
    home.store.failures, home.store.fails_after_commit = [StoreError("the connection dropped")], True
    report = home.poll(15 * MINUTE)
    assert report.verdicts == {Verdict.SAME: 3, Verdict.CHANGED: 1}
    assert home.progress_of() == [GOOD, MORE]


def test_a_bug_leaves_no_run_open(home: MemoryHarness) -> None:
    home.source.fault = lambda ids: 1 / 0  # type: ignore[assignment, return-value]
    with pytest.raises(ZeroDivisionError):
        home.poll(15 * MINUTE)
    report = home.store.runs[2]
    assert report is not None
    assert report.outcome is RunOutcome.FAILED


def test_a_run_is_closed_after_a_transient_fault_of_the_database(home: MemoryHarness) -> None:
    close, failures = home.store.close_run, [StoreError("away"), StoreError("away")]

    def sometimes(*given: Any) -> None:
        if failures:
            raise failures.pop()
        close(*given)

    home.store.close_run = sometimes  # type: ignore[assignment, method-assign]
    assert home.poll(15 * MINUTE).outcome is RunOutcome.OK
    assert home.store.runs[2] is not None
