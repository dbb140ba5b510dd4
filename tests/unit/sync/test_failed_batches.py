"""Batches that fail: the witness, bisection, URLs that are too long."""

from datetime import timedelta

import pytest

from syncer.core.errors import (
    ApiError,
    BatchError,
    SiteUnavailable,
    TransientError,
    UrlTooLong,
)
from syncer.core.events import BatchFailed
from syncer.core.model.decision import Verdict
from syncer.core.model.player import Target
from syncer.core.model.progress import GameId
from syncer.core.model.run import RunOutcome
from syncer.core.ratelimit import budget as budget_rules
from tests.fakes import START, ULID

from .harness import GOOD, HOUR, MINUTE, MemoryHarness, failing_ids


def test_the_next_batch_is_the_witness_of_a_failed_one_which_is_bisected() -> None:
    home = MemoryHarness((1, 2, 3, 4, 5, 6), batch_size=4)
    home.source.fault = lambda ids: BatchError("timeout") if len(ids) > 2 else None
    report = home.poll()
    assert home.source.names == ["Tester"]  # the next batch was witness enough
    assert home.source.asked == [(1, 2, 3, 4), (5, 6), (1, 2), (3, 4)]
    assert (report.outcome, report.targets_seen) == (RunOutcome.OK, 6)
    assert [e.game_ids for e in home.events if isinstance(e, BatchFailed)] == [(1, 2, 3, 4)]


def test_the_profile_is_the_witness_of_a_single_batch(home: MemoryHarness) -> None:
    home.source.fault = lambda ids: BatchError("500") if len(ids) > 2 else None
    assert home.poll(15 * MINUTE).outcome is RunOutcome.OK
    assert home.source.names == [ULID]


def test_when_the_witness_fails_too_no_target_changes(home: MemoryHarness) -> None:
    before = dict(home.store.targets)
    home.source.fault = lambda ids: BatchError("500", raw="oops")
    home.source.profile_failure = TransientError("cut", raw="half a line")
    report = home.poll(15 * MINUTE)
    assert (report.outcome, report.exit_code, report.error) == (RunOutcome.FAILED, 69, "cut")
    assert (home.store.targets, home.store.raws) == (before, ["half a line"])
    assert home.budget.wait_reason == "outage"


def test_a_failure_of_the_site_ends_the_run_at_once(home: MemoryHarness) -> None:
    before = dict(home.store.targets)
    home.source.fault = lambda ids: SiteUnavailable("403", first_wait=900)
    home.poll(15 * MINUTE)
    assert (home.source.names, home.store.targets) == ([], before)
    assert home.budget.not_before is not None
    wait = home.budget.not_before - home.clock.now()
    assert 15 * MINUTE <= wait <= 19 * MINUTE


@pytest.mark.parametrize("bad", range(1, 31))
def test_an_id_that_fails_is_isolated_and_all_others_are_polled(bad: GameId) -> None:
    home = MemoryHarness(range(1, 31), batch_size=10)
    home.source.fault = failing_ids(bad)
    report = home.poll()
    assert (report.outcome, report.exit_code) == (RunOutcome.PARTIAL, 3)
    assert report.verdicts == {Verdict.NEW: 29, Verdict.FAILED: 1}
    assert [g for g, n in home.failures().items() if n] == [bad]
    assert home.store.raws == ["oops"]


def test_an_id_that_failed_travels_in_a_smaller_batch_each_time(home: MemoryHarness) -> None:
    home.source.fault = failing_ids(3)
    home.poll(15 * MINUTE)
    home.poll(HOUR)
    assert home.source.asked[0] == (1, 2, 4)
    assert home.failures() == {1: 0, 2: 0, 3: 2, 4: 0}
    assert home.store.targets[3].due_at == home.clock.now() + HOUR


def test_three_failures_without_any_answer_end_the_run() -> None:
    home = MemoryHarness(range(1, 9), batch_size=4)
    home.source.fault = lambda ids: BatchError("500")
    report = home.poll()
    assert (report.outcome, report.exit_code) == (RunOutcome.FAILED, 69)
    assert set(home.failures().values()) == {1}
    assert home.budget.outage_failures == 1


def test_the_run_ends_after_three_requests_without_an_answer(home: MemoryHarness) -> None:
    home.source.fault = lambda ids: BatchError("500")
    home.poll(15 * MINUTE)
    assert home.source.asked == [(1, 2, 3, 4), (1, 2), (3, 4)]


def test_bisection_sends_a_limited_number_of_requests() -> None:
    home = MemoryHarness(range(1, 101), batch_size=20)
    home.source.fault = failing_ids(*range(1, 101, 2))
    home.source.games[2] = GOOD
    home.store.targets = {g: Target(g, START) for g in home.games}
    answered_first = iter([None])  # one good answer, so that nobody gives up

    def fault(ids: tuple[GameId, ...]) -> ApiError | None:
        return next(answered_first, failing_ids(*range(1, 101, 2))(ids))

    home.source.fault = fault
    home.poll()
    assert len(home.source.asked) <= 5 + 32
    assert not any(t.expected_at is None and not t.failures for t in home.store.targets.values())


def test_ids_that_failed_before_do_not_block_the_key() -> None:
    """Three ids that have failed before, due together: they miss once more, the key waits for nothing."""
    home = MemoryHarness((1, 2, 3))
    home.poll()
    home.source.fault = failing_ids(1, 2, 3)
    home.poll(15 * MINUTE)
    home.source.limiter.apply(budget_rules.on_success)
    assert home.failures() == {1: 1, 2: 1, 3: 1}
    report = home.poll(HOUR)
    assert (report.outcome, report.exit_code) == (RunOutcome.PARTIAL, 3)
    assert home.budget.not_before is None


def test_a_url_that_is_too_long_is_split_in_halves_and_in_order(home: MemoryHarness) -> None:
    home.source.fault = lambda ids: UrlTooLong("414") if len(ids) > 1 else None
    report = home.poll(15 * MINUTE)
    assert (report.outcome, report.targets_seen) == (RunOutcome.OK, 4)
    assert home.source.asked == [(1, 2, 3, 4), (1, 2), (1,), (2,), (3,), (4,)]


def test_a_414_for_one_game_is_a_failure_of_the_site(home: MemoryHarness) -> None:
    home.source.fault = lambda ids: UrlTooLong("414")
    assert home.poll(15 * MINUTE).exit_code == 69
    assert set(home.failures().values()) == {0}


def test_after_a_414_batches_are_planned_shorter_for_a_week(home: MemoryHarness) -> None:
    home.source.limiter.apply(budget_rules.on_too_many_ids(4))
    home.poll(15 * MINUTE)
    assert home.source.asked == [(1, 2), (3, 4)]
    home.poll(timedelta(days=8))
    assert home.source.asked == [(1, 2, 3, 4)]
