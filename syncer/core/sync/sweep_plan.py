"""Plan the requests of the sweep in one run. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from syncer.core.model.job import NO_JOB, JobKind, Jobs
from syncer.core.model.player import Target
from syncer.core.model.progress import GameId
from syncer.core.polling.sweep import (
    LATER_SPEED,
    MAX_PENDING,
    can_wait,
    choose,
    next_sweep_mark,
    sweep_interval,
    sweep_targets,
    sweeps_due,
)

from .batching import Batch, split_ids

NEARLY_FULL = 0.9  # of a batch: some ids may not fit into the URL


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """The requests of the sweep in one run. `last_at`: the time for which the newest one was planned.

    `passes`: so many requests of `size` ids poll all targets; 0: each run polls all.
    """

    batches: tuple[Batch, ...] = ()
    interval: timedelta = timedelta(0)
    passes: float = 0
    size: int = 0
    last_at: datetime | None = None

    def after(self, batch: Batch, now: datetime) -> "SweepPlan | None":
        """Return the sweep after an accepted request; None: each run polls all targets.

        Whatever polls targets counts as a part of the sweep. So a run that has polled all of them leaves
        nothing pending. A request of the sweep that failed stays pending, whatever the others do.
        """
        if not self.passes:
            return None
        is_whole = batch in self.batches or len(batch) >= self.size * NEARLY_FULL
        share = 1 if is_whole else len(batch) / self.size
        return replace(self, last_at=next_sweep_mark(self.last_at, self.interval, now, self.passes, share))


NO_SWEEP = SweepPlan()


def plan_sweep(
    targets: Sequence[Target],
    total: int,
    jobs: Jobs,
    rates: Mapping[GameId, float],
    idle_every: timedelta,
    every: timedelta,
    size: int,
    id_bytes: int,
    now: datetime,
) -> SweepPlan:
    """Return the requests of the sweep that are due.

    `targets`: those that this run does not poll otherwise, of `total`.
    """
    interval = sweep_interval(total, size, idle_every)
    last_at = jobs.get(JobKind.SWEEP, NO_JOB).last_at
    default = sum(rates.values()) / len(rates) if rates else 1.0
    free = sweep_targets(targets, rates, default, idle_every)
    batches: list[Batch] = []
    passes = total / size
    due, most = sweeps_due(last_at, interval, now, passes, every), MAX_PENDING + every // interval
    later = max(interval / LATER_SPEED, every / most)  # not faster than runs may send
    while len(batches) < due or (len(batches) < most and not can_wait(free, now, size, later, every)):
        batch = next(iter(split_ids(choose(free, now, size, later, every), size, id_bytes)), ())
        if not batch:
            break
        batches.append(batch)
        taken = set(batch)
        free = [target for target in free if target.game_id not in taken]
    return SweepPlan(tuple(batches), interval, passes, size, last_at)
