"""Plan the requests of the sweep in one run. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from syncer.core.model.job import NO_JOB, JobKind, Jobs
from syncer.core.model.player import Target
from syncer.core.model.progress import GameId
from syncer.core.polling.sweep import choose, next_sweep_mark, sweep_interval, sweep_targets, sweeps_due

from .batching import Batch, split_ids


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
) -> dict[Batch, datetime]:
    """Return the batches of the sweep that are due, each with the time for which it was planned.

    `targets`: those that this run does not poll otherwise, of `total`.
    """
    interval = sweep_interval(total, size, idle_every)
    mark, passes = jobs.get(JobKind.SWEEP, NO_JOB).last_at, -(-total // size)
    default = sum(rates.values()) / len(rates) if rates else 1.0
    free = sweep_targets(targets, rates, default, idle_every)
    found: dict[Batch, datetime] = {}
    for _ in range(sweeps_due(mark, interval, now, every)):
        batch = next(iter(split_ids(choose(free, now, size, interval), size, id_bytes)), ())
        if not batch:
            break
        mark = next_sweep_mark(mark, interval, now, passes)
        found[batch] = mark
        free = [target for target in free if target.game_id not in batch]
    return found
