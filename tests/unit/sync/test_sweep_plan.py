"""The sweep of a day or two, planned run after run without a site."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from syncer.core.model.job import Job, JobKind
from syncer.core.model.player import Target
from syncer.core.sync.sweep_plan import plan_sweep
from tests.fakes import START

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
SIZE = 100


class Sweep:
    """Targets that were all polled at one moment. `ages`: of each target at its next poll."""

    def __init__(self, targets: int, idle_every: timedelta, every: timedelta) -> None:
        self.seen = dict.fromkeys(range(1, targets + 1), START)
        self.idle_every, self.every, self.now = idle_every, every, START
        self.mark = START + 0.9 * idle_every  # as after a search that has polled all
        self.ages: list[timedelta] = []
        self.rates: dict[int, float] = {}

    def run_for(self, length: timedelta) -> Iterator[int]:
        """Yield how many requests each run sends."""
        end, seconds = self.now + length, int(self.idle_every.total_seconds())
        while self.now < end:
            self.now += self.every
            targets = [Target(game, None, seconds, 0, last_seen_at=seen) for game, seen in self.seen.items()]
            jobs = {JobKind.SWEEP: Job(self.mark)}
            times = (self.idle_every, self.every)
            plan = plan_sweep(targets, len(targets), jobs, self.rates, *times, SIZE, 1800, self.now)
            for batch in plan.batches:
                self.ages += [self.now - self.seen[game] for game in batch]
                self.seen |= dict.fromkeys(batch, self.now)
                swept = plan.after(batch, self.now)
                assert swept
                assert swept.last_at
                self.mark = swept.last_at
            yield len(plan.batches)


def test_after_all_were_polled_at_one_moment_the_sweep_waits_for_half_its_time() -> None:
    sweep = Sweep(2_000, DAY, 15 * MINUTE)
    assert sum(sweep.run_for(10 * HOUR)) == 0
    assert sum(sweep.run_for(14 * HOUR)) == 2_000 // SIZE


@pytest.mark.parametrize(
    ("targets", "idle_every", "every", "most"),
    [
        (2_000, DAY, 15 * MINUTE, 50),
        (3_000, HOUR, 15 * MINUTE, 90),
        (3_000, HOUR, MINUTE, 80),
        (150, 30 * MINUTE, 15 * MINUTE, 8),  # what waits for half an hour would be late
    ],
)
def test_every_target_is_polled_within_its_promise(
    targets: int, idle_every: timedelta, every: timedelta, most: int
) -> None:
    sweep = Sweep(targets, idle_every, every)
    assert sum(sweep.run_for(2 * idle_every)) <= most
    assert max(sweep.ages) <= idle_every


@pytest.mark.parametrize(
    ("targets", "idle_every", "every"),
    [(1_000, DAY, 6 * HOUR), (5_000, DAY, HOUR), (3_000, 6 * HOUR, HOUR), (1_000, HOUR, 15 * MINUTE)],
)
def test_games_that_change_often_leave_places_to_what_falls_due_before_the_next_run(
    targets: int, idle_every: timedelta, every: timedelta
) -> None:
    """Several requests of the sweep leave in one run, and none between two: each must come in a run."""
    sweep = Sweep(targets, idle_every, every)
    sweep.rates = {game: 1.0 if game % 10 == 0 else 0.01 for game in sweep.seen}
    assert sum(sweep.run_for(3 * idle_every)) > 0
    assert max(sweep.ages) < idle_every  # what leaves at the end of the promise is answered after it
