"""A run from its start to its end: the player, the polls, what is stored and announced."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from syncer.core.events import BatchRecorded, RunEnded, RunStarted
from syncer.core.model.decision import Verdict
from syncer.core.model.progress import GameId, ProgressResponse
from syncer.core.model.schedule import IntervalSchedule
from syncer.core.ports import TrackedPlayer
from tests.fakes import ULID

from .harness import HOUR, MINUTE, MemoryHarness


def test_the_first_run_binds_the_name_and_later_runs_request_by_ulid() -> None:
    home = MemoryHarness()
    report = home.poll()
    assert home.source.names == ["Tester"]
    assert home.store.player is not None
    assert home.store.player.ulid == ULID
    assert report.verdicts == {Verdict.NEW: 4}
    assert (report.requests, report.targets_asked, report.targets_seen, report.snapshots_added) == (
        2, 4, 4, 4,
    )  # fmt: skip
    again = home.poll(15 * MINUTE)
    assert (home.source.names, again.requests, again.snapshots_added) == ([], 1, 0)


def test_a_run_announces_its_events_in_order(home: MemoryHarness) -> None:
    assert [type(e) for e in home.events] == [RunStarted, BatchRecorded, RunEnded]
    assert home.events[0] == RunStarted("Tester", 4, 1)
    assert home.store.runs[1] == next(e.report for e in home.events if isinstance(e, RunEnded))


def test_when_nothing_is_due_no_run_is_stored_and_nothing_is_sent(home: MemoryHarness) -> None:
    home.clock.pass_by(14 * 60)
    assert home.sync(only_due=True) is None
    assert (len(home.store.runs), home.source.requests) == (1, 2)
    home.clock.pass_by(60)
    assert home.sync(only_due=True) is not None


def test_a_player_without_games_is_not_polled(home: MemoryHarness) -> None:
    home.games = ()
    home.clock.pass_by(3600)
    assert home.sync(only_due=True) is None
    assert (len(home.store.runs), home.source.requests) == (1, 2)


def test_the_next_poll_is_promised_from_the_answer_of_this_one(home: MemoryHarness) -> None:
    home.clock.pass_by(900)
    began = home.clock.now()

    def slow(ids: tuple[GameId, ...]) -> None:
        home.clock.pass_by(240)

    home.source.fault = slow
    home.sync()
    target = home.store.targets[1]
    assert (target.due_at, target.expected_at) == (None, began + 4 * MINUTE + 15 * MINUTE)


def test_a_target_is_due_by_the_shorter_of_its_promise_and_the_present_one(home: MemoryHarness) -> None:
    home.clock.pass_by(5 * 60)
    home.schedule = IntervalSchedule(HOUR)
    assert home.sync(only_due=True) is None
    home.schedule = IntervalSchedule(5 * MINUTE)
    assert home.sync(only_due=True) is not None
    home.schedule = IntervalSchedule(HOUR)
    home.clock.pass_by(5 * 60)
    assert home.sync(only_due=True) is not None
    assert home.store.targets[1].expected_at == home.clock.now() + HOUR


def test_entries_that_were_not_requested_are_ignored(home: MemoryHarness) -> None:
    home.source.extra = 3
    assert home.poll(15 * MINUTE).targets_asked == 4


@pytest.mark.parametrize(("name", "ulid", "label"), [(None, ULID, ULID), (None, None, "?")])
def test_a_player_without_a_name_is_labelled_by_ulid(name: str | None, ulid: str | None, label: str) -> None:
    assert TrackedPlayer(name, ulid, (), IntervalSchedule(MINUTE), MINUTE).label == label


def test_a_poll_is_stamped_with_the_time_of_its_answer(home: MemoryHarness) -> None:
    read_at = home.clock.now() + 15 * MINUTE
    ask = home.source.progress

    def slow_bookkeeping(user: str, ids: Sequence[GameId]) -> ProgressResponse:
        answer = replace(ask(user, ids), at=home.clock.now())
        home.clock.pass_by(4)
        return answer

    home.source.progress = slow_bookkeeping  # type: ignore[assignment, method-assign]
    home.poll(15 * MINUTE)
    assert home.store.snapshots_of[1][-1].last_seen_at == read_at
