"""Recording a batch, on both databases: twice is the same as once, and an older poll changes nothing."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from syncer.core.model.decision import BatchDecision, Verdict
from syncer.core.model.player import Player
from syncer.core.model.progress import Progress, ProgressResponse
from syncer.core.polling.promise import Promise
from syncer.core.sync.quiet_polls import validate_polls
from syncer.core.sync.validation import PollContext

from .harness import SyncHarness

MINUTE = timedelta(minutes=1)
EQUAL, CHANGED = Progress(4, 90, 0, 0, 0, 0), Progress(4, 90, 1, 5, 0, 0)


class Recorder:
    """A run over one game, whose first poll is stored."""

    def __init__(self, home: SyncHarness) -> None:
        self.home, self.batches = home, 0
        home.poll()
        found = home.writers.players.find_player("Tester", None)
        assert found
        self.player: Player = found
        self.run_id = home.writers.runs.open_run(found, "test", home.clock.now())

    def decide(self, progress: Progress, at: datetime) -> BatchDecision:
        """Return the decision about a poll, without storing it."""
        tracked = self.home.syncer.tracked
        context = PollContext(at, at, Promise(tracked.schedule), tracked.gap_after)
        with self.home.writers.runs.batch(self.run_id, self.batches + 1, self.player, [1]) as work:
            return validate_polls(work, ProgressResponse({1: progress}), context)

    def save(self, decision: BatchDecision) -> None:
        """Store a decision as the next batch of the run."""
        self.batches += 1
        with self.home.writers.runs.batch(self.run_id, self.batches, self.player, [1]) as work:
            work.save(decision)

    def rows(self) -> list[tuple[object, ...]]:
        """Return the snapshots without their ids."""
        columns = "first_seen_at, last_seen_at, poll_count, num_achieved, is_open, closed_at"
        with self.home.database.reading() as tx:
            found = tx.execute(sa.text(f"SELECT {columns} FROM snapshots ORDER BY id"))  # noqa: S608
            return [tuple(row) for row in found.all()]


@pytest.fixture
def recorder(database_url: str) -> Iterator[Recorder]:
    home = SyncHarness(database_url, games=(1,))
    yield Recorder(home)
    home.close()


def test_an_equal_poll_extends_the_open_snapshot_once(recorder: Recorder) -> None:
    decision = recorder.decide(EQUAL, recorder.home.clock.now() + MINUTE)
    assert decision.verdicts == {Verdict.SAME: 1}
    (before,) = recorder.rows()
    recorder.save(decision)
    (once,) = recorder.rows()
    assert once != before
    assert once[2] == 2
    recorder.save(decision)
    assert recorder.rows() == [once]


def test_an_older_equal_poll_changes_nothing(recorder: Recorder) -> None:
    now = recorder.home.clock.now()
    older, newer = recorder.decide(EQUAL, now + MINUTE), recorder.decide(EQUAL, now + 2 * MINUTE)
    recorder.save(newer)
    before = recorder.rows()
    recorder.save(older)
    assert recorder.rows() == before


def test_a_changed_poll_is_inserted_once(recorder: Recorder) -> None:
    decision = recorder.decide(CHANGED, recorder.home.clock.now() + MINUTE)
    recorder.save(decision)
    first, second = recorder.rows()
    assert (first[4], second[4]) == (0, 1)
    assert first[5] == second[0]
    recorder.save(decision)
    assert len(recorder.rows()) == 2


def test_a_recorded_batch_is_not_read_and_decided_again(recorder: Recorder) -> None:
    recorder.save(recorder.decide(EQUAL, recorder.home.clock.now() + MINUTE))
    with recorder.home.writers.runs.batch(recorder.run_id, 1, recorder.player, [1]) as work:
        assert work.is_recorded


def save_and_fail(recorder: Recorder, decision: BatchDecision) -> None:
    with recorder.home.writers.runs.batch(recorder.run_id, 1, recorder.player, [1]) as work:
        work.save(decision)
        raise ZeroDivisionError


def test_an_error_before_the_end_of_the_batch_stores_nothing(recorder: Recorder) -> None:
    decision, before = recorder.decide(CHANGED, recorder.home.clock.now() + MINUTE), recorder.rows()
    with pytest.raises(ZeroDivisionError):
        save_and_fail(recorder, decision)
    assert recorder.rows() == before
    with recorder.home.writers.runs.batch(recorder.run_id, 1, recorder.player, [1]) as work:
        assert not work.is_recorded
