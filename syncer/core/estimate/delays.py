"""How soon each kind of change is stored at the latest, if every request is answered. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from syncer.core.periodic import HOURLY, time_to_next
from syncer.core.polling.check import RECHECK_AFTER
from syncer.core.polling.promise import Promise
from syncer.core.ports import TrackedPlayer


@dataclass(frozen=True, slots=True)
class Delays:
    """The longest delay of each kind of change.

    `play`: by playing. `points`: by hand, a reset, other points of an achievement: the account's points
    change with it; `points_usual`: where a check finds it. `revision`: of a set. `unseen`: what no sum of
    points shows, such as an achievement of 0 points.
    """

    play: timedelta
    points_usual: timedelta
    points: timedelta
    revision: timedelta
    unseen: timedelta


def worst_delays(tracked: TrackedPlayer, promise: Promise, at: datetime) -> Delays:
    """Return the delays by what is promised. `at`: of a run."""
    every = tracked.schedule.longest
    idle = promise.idle_every or every
    searched = time_to_next(at, HOURLY, tracked.schedule) + RECHECK_AFTER
    usual = searched if promise.idle_every and tracked.played else idle
    return Delays(every, min(usual, idle), idle, idle, idle)
