"""Failures of the backfill: the polls go on, and pauses grow."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from syncer.core.errors import RateLimited, SiteUnavailable, TransientError, Unauthorized
from syncer.core.events import ResumedRun, RunStarted, WarningRaised
from syncer.core.model.progress import ProgressResponse
from syncer.core.model.run import RunOutcome
from tests.fakes import START

from .backfill_harness import DAY, QUARTER, BackfillHarness, harness

__all__ = ["harness"]  # a fixture, requested by its name


@pytest.mark.parametrize("failure", [SiteUnavailable("404"), TransientError("cut")])
def test_a_failure_of_the_backfill_does_not_affect_the_polls(
    harness: BackfillHarness, failure: Exception
) -> None:
    harness.source.backfill_failure = failure  # type: ignore[assignment]
    assert harness.run(DAY).outcome is RunOutcome.OK
    assert any(isinstance(e, WarningRaised) and "unlocks" in e.what for e in harness.events)


def test_a_failing_endpoint_is_requested_with_growing_pauses(harness: BackfillHarness) -> None:
    harness.source.backfill_failure = SiteUnavailable("404")
    asked = []
    for n in range(32):
        if n:
            harness.run(QUARTER)
        else:
            harness.play(QUARTER)  # what failed once is tried again without another change
        asked.append(len(harness.source.windows))
    assert [n for n, times in enumerate(asked) if times] == [0, 1, 3, 7, 15, 31]
    harness.source.backfill_failure = None
    harness.run(6 * timedelta(hours=1))
    assert len(harness.source.windows) == 1


@pytest.mark.parametrize("failure", [Unauthorized("no"), RateLimited("wait", START + DAY)])
def test_a_refused_key_or_a_used_up_budget_ends_the_run(harness: BackfillHarness, failure: Exception) -> None:
    harness.source.backfill_failure = failure  # type: ignore[assignment]
    assert harness.run(DAY).exit_code in (77, 75)


def test_a_run_after_an_interrupted_one_polls_only_the_rest() -> None:
    harness = BackfillHarness(games=tuple(range(1, 251)))
    original = harness.source.progress

    def fail_at_the_third(user: str, ids: Sequence[int]) -> ProgressResponse:
        if len(harness.source.asked) == 2:
            raise KeyboardInterrupt
        return original(user, ids)

    harness.source.progress = fail_at_the_third  # type: ignore
    started = harness.clock.now()
    with pytest.raises(KeyboardInterrupt):
        harness.run()
    harness.source.progress = original  # type: ignore[method-assign]
    harness.store.interrupted_since = started
    harness.source.asked.clear()
    harness.run(timedelta(minutes=1))
    assert [len(batch) for batch in harness.source.asked] == [50]
    (resumed,) = [e.resumed for e in harness.events if isinstance(e, RunStarted) and e.resumed]
    assert resumed == ResumedRun(started, 200)
    harness.source.asked.clear()
    harness.run(QUARTER)  # all are due again
    assert sum(map(len, harness.source.asked)) == 250
