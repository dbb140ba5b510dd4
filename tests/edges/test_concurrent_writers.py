"""Two writers at once: the second one decides by what the first has stored."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from syncer.core.clock import SystemClock
from syncer.core.model.decision import Verdict
from syncer.core.model.progress import Progress, ProgressResponse
from syncer.core.model.schedule import IntervalSchedule
from syncer.core.polling.promise import Promise
from syncer.core.sync.quiet_polls import validate_polls
from syncer.core.sync.validation import PollContext
from syncer.store.admin.integrity import check
from syncer.store.db.engine import Database
from syncer.store.write.runs import RunWriter
from tests.waiting import PATIENCE

from .harness import SyncHarness

QUARTER = timedelta(minutes=15)
ONE, TWO, NONE = Progress(4, 90, 1, 5, 0, 0), Progress(4, 90, 2, 15, 0, 0), Progress(0, 0, 0, 0, 0, 0)
clock = SystemClock()


@pytest.fixture
def home(database_url: str) -> Iterator[SyncHarness]:
    made = SyncHarness(database_url, games=(1,))
    made.url = database_url  # type: ignore[attr-defined]
    made.poll()
    made.clock.pass_by(900)
    yield made
    assert check(made.database) == []
    made.close()


def record_at_once(home: SyncHarness, first: Progress, second: Progress) -> list[Verdict]:
    """Return both verdicts. The second writer begins while the first has locked the target, and waits."""
    now, verdicts = home.clock.now(), dict[str, Verdict]()
    other = Database(home.url)  # type: ignore[attr-defined]
    player = home.writers.players.find_player("Tester", None)
    assert player
    inside, go = threading.Event(), threading.Event()

    def record(name: str, runs: RunWriter, returned: Progress, at: datetime, pause: bool) -> None:
        run = runs.open_run(None, name, now)
        with runs.batch(run, 1, player, [1]) as work:
            if pause:
                inside.set()
                go.wait(PATIENCE)
            context = PollContext(at, now, Promise(IntervalSchedule(QUARTER)), 2 * QUARTER)
            decision = validate_polls(work, ProgressResponse({1: returned}), context)
            work.save(decision)
        verdicts[name] = decision.decisions[0].verdict

    jobs = [
        threading.Thread(target=record, args=("a", home.writers.runs, first, now, True)),
        threading.Thread(
            target=record, args=("b", RunWriter(other), second, now + timedelta(seconds=1), False)
        ),
    ]
    jobs[0].start()
    assert inside.wait(PATIENCE)
    jobs[1].start()
    clock.wait(0.5)
    go.set()
    for job in jobs:
        job.join(PATIENCE)
    other.close()
    return [verdicts["a"], verdicts["b"]]


def test_the_second_writer_decides_by_what_the_first_has_stored(home: SyncHarness) -> None:
    assert record_at_once(home, ONE, TWO) == [Verdict.CHANGED, Verdict.CHANGED]
    assert [row["num_achieved"] for row in home.history(1)] == [0, 1, 2]


def test_an_accepted_poll_of_the_first_ends_the_streak_that_the_second_would_confirm(
    home: SyncHarness,
) -> None:
    home.source.fault = lambda games: dict.fromkeys(games, NONE)
    home.poll()
    home.source.fault = None
    home.clock.pass_by(660)
    assert record_at_once(home, Progress(4, 90, 0, 0, 0, 0), NONE) == [Verdict.SAME, Verdict.SUSPECT]
