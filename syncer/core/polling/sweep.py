"""Which targets the next request of the sweep polls. Pure.

Every target is polled within its promise, and those that change often are polled more often: the delay until
a change is seen is least, for a given number of requests, where the time between two polls of a game is
proportional to one by the root of its rate (Cho and Garcia-Molina, 2003). Polling the highest
`rate * age ** 2` has that effect.

Before that, the promises are safe: sorted by deadline, every target must be reachable by the requests that
follow (the test of a schedule that takes the earliest deadline first). As many places as that needs go to the
oldest. So targets that were all polled at one moment spread out, and do not fall due together.
"""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from typing import NamedTuple, TypeAlias

from syncer.core.model.player import Target
from syncer.core.model.progress import GameId

from .promise import span

SPEED = 0.9  # a whole pass takes this part of the promise, so that failed requests can be repeated
# How much faster than a whole pass needs the sweep may have to go later: after a search, all targets were
# polled at nearly one moment, and to spread them out at once would poll most of them again within hours.
LATER_SPEED = 2
DEADLINE = 0.97  # the part of the promise that counts as its end
MAX_PENDING = 3  # requests of one run that are pending from earlier runs
AHEAD_SHARE = 10  # one place in so many is for targets that are stamped in the future

# The seconds until a target's deadline, its game, and what a poll of it is worth: below 0 if stamped ahead.
Row: TypeAlias = tuple[float, GameId, float]


class SweepTarget(NamedTuple):
    """A healthy target. `promised`: from its last poll to the next one. `rate`: its changes a day."""

    game_id: GameId
    last_seen_at: datetime
    promised: timedelta
    rate: float


def sweep_targets(
    targets: Iterable[Target], rates: Mapping[GameId, float], default: float, idle_every: timedelta
) -> list[SweepTarget]:
    """Return the targets that the sweep polls. `default`: the rate of a game that `rates` lacks.

    Those that fail, are suspect, or were never polled have their own times. The shorter of the stored promise
    and the configured one counts.
    """
    found = []
    for target in targets:
        is_healthy = target.removed_at is None and target.due_at is None
        if is_healthy and target.last_seen_at is not None and target.promised_seconds is not None:
            promised = min(span(target.promised_seconds), idle_every)
            rate = rates.get(target.game_id, default)
            found.append(SweepTarget(target.game_id, target.last_seen_at, promised, rate))
    return found


def sweep_interval(count: int, size: int, idle_every: timedelta) -> timedelta:
    """Return the time between two requests of the sweep, for `count` targets and `size` ids a request."""
    return SPEED * idle_every * size / max(count, size)


def sweeps_due(
    last_at: datetime | None,
    interval: timedelta,
    now: datetime,
    passes: float,
    every: timedelta = timedelta(0),
) -> int:
    """Return how many requests of the sweep are due now. `last_at`: as `next_sweep_mark` returned it.

    `every`: the time between two runs. Of the requests that are pending from earlier runs, some wait. No
    request was ever due, or a wrong clock stored its time: then one.
    """
    if last_at is None or last_at > now + passes * interval:
        return 1
    return max(0, min((now - last_at) // interval, MAX_PENDING + every // interval))


def next_sweep_mark(
    last_at: datetime | None, interval: timedelta, now: datetime, passes: float, share: float = 1
) -> datetime:
    """Return the `last_at` that is stored with an accepted request; `share`: of one of the sweep.

    It is the time for which that request was planned, so that fractions of an interval count, and a request
    that failed stays pending. It is ahead of now where other requests have polled targets instead of the
    sweep. Neither exceeds `passes` requests, which poll all targets.
    """
    if last_at is None or last_at > now + passes * interval:
        return now
    return min(max(last_at, now - passes * interval) + share * interval, now + passes * interval)


def can_wait(
    targets: Iterable[SweepTarget], now: datetime, size: int, interval: timedelta, every: timedelta
) -> bool:
    """Return whether every promise is kept though no request is sent now.

    The next run is `every` later: from then on, one request is sent after each interval.
    """
    first, step = every.total_seconds(), interval.total_seconds()
    left = sorted(_row(target, now)[0] for target in targets)
    return all(place < ((seconds - first) // step + 1) * size for place, seconds in enumerate(left))


def choose(
    targets: Sequence[SweepTarget], now: datetime, size: int, interval: timedelta, every: timedelta
) -> list[GameId]:
    """Return the targets of a request of `size` ids that is sent now.

    The next run is `every` later: from then on, one request is sent after each interval.
    """
    first, step = every.total_seconds(), interval.total_seconds()
    rows = [_row(target, now) for target in targets]
    rows.sort()
    # The target in place p (from 0) can wait behind `size` others in each later request before its deadline.
    slots = (max(0, (row[0] - first) // step + 1) for row in rows)
    needed = max((place + 1 - slot * size for place, slot in enumerate(slots)), default=0)
    urgent = min(max(0, int(needed)), size)
    return [row[1] for row in (*rows[:urgent], *_best(rows[urgent:], size - urgent))]


def _row(target: SweepTarget, now: datetime) -> Row:
    # Numbers instead of moments: a run compares each of 10,000 targets several times.
    age = (now - target.last_seen_at).total_seconds()
    left = DEADLINE * target.promised.total_seconds() - age
    return (left, target.game_id, target.rate * age * abs(age))


def _best(rows: Sequence[Row], places: int) -> list[Row]:
    """Return the rows that are worth most, and some of those that a fast clock stamped in the future.

    How old those are is not known. A poll moves their time by a millisecond, so they take turns.
    """
    ahead = [row for row in rows if row[2] < 0]
    known = [row for row in rows if row[2] >= 0] if ahead else rows
    turns = max(places - len(known), min(len(ahead), places // AHEAD_SHARE))
    return [*ahead[:turns], *heapq.nlargest(max(0, places - turns), known, itemgetter(2))]


def oldest(targets: Iterable[SweepTarget], size: int) -> list[GameId]:
    """Return the targets that were not polled for longest.

    A search polls these: what it looks for is no play, and as likely in one game as in another. So its polls
    are those that the sweep would send next, which then sends fewer.
    """
    return [target.game_id for target in heapq.nsmallest(size, targets, lambda t: t.last_seen_at)]
