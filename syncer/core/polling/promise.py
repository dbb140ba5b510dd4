"""How soon a poll must follow: the promise of a target, and which targets are due by it. Pure.

A target is promised `every` where each run polls all targets of the player, else `idle_every`. The
stored promise is the one of the last accepted poll. A target is due by the shorter of the stored promise and
the present one: whatever makes promises longer, each target is polled once more within its old promise. So is
the account, whose promise a change of the schedule makes longer.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from math import ceil
from typing import TYPE_CHECKING

from syncer.core.model.player import Player, Target
from syncer.core.model.schedule import IntervalSchedule, Schedule
from syncer.core.periodic import MAX_EARLY

if TYPE_CHECKING:
    from syncer.core.ports import TrackedPlayer

NO_TIME = timedelta(0)
# Of played games that one request holds: about once an hour, and then the hourly poll comes in time.
IN_ONE_REQUEST = timedelta(minutes=75)
ACCOUNT_RESOLUTION = timedelta(minutes=1)
MAX_BACKOFF = timedelta(hours=6)
# How much earlier a poll may come, as a part of the interval and at most: `sync --due` at fixed times of the
# clock must not miss what was polled some seconds after such a time.
EARLY, MAX_EARLY_BY = 0.05, timedelta(seconds=30)


@dataclass(frozen=True)
class Promise:
    """How soon polls follow. `idle_every` None: each run polls all targets.

    `account_until`: when the account is polled at the latest, after a change of the schedule; None: by it.
    """

    schedule: Schedule
    idle_every: timedelta | None = None
    account_until: datetime | None = None

    def seconds_after(self, at: datetime) -> int:
        """Return how many seconds after a poll of a target the next one comes at the latest."""
        return self._seconds or whole_seconds(self.schedule.next(at) - at)

    @cached_property
    def _seconds(self) -> int:
        """The seconds, where they are always the same; else 0."""
        if self.idle_every:
            return whole_seconds(self.idle_every)
        return whole_seconds(self.schedule.interval) if isinstance(self.schedule, IntervalSchedule) else 0

    @cached_property
    def longest(self) -> timedelta:
        return self.idle_every or self.schedule.longest

    @cached_property
    def early(self) -> timedelta:
        """How much earlier than promised a target may be polled."""
        return min(self.schedule.interval * EARLY, MAX_EARLY_BY)


def promise_of(
    tracked: "TrackedPlayer", targets: int, player: Player | None = None, *, is_listed: bool = True
) -> Promise:
    """Return the promise of a player's targets. `targets`: how many are active.

    `is_listed`: all games that the player has played were read once. The configured size of a batch decides,
    never a limit that the site has lowered.
    """
    idle = idle_every(tracked, targets, is_listed=is_listed)
    return Promise(tracked.schedule, idle, earlier_promise(tracked.schedule, player))


def idle_every(tracked: "TrackedPlayer", targets: int, *, is_listed: bool = True) -> timedelta | None:
    """Return how soon a change without play is seen at the latest; None: each run polls all targets.

    Each run polls all targets of a list of ids that one request holds. Of played games it probes instead,
    because a poll of the followed games does not show the one that is played for the first time. Until these
    were listed, a first few of thousands promise no more than the thousands.
    """
    idle, schedule = tracked.idle_every, tracked.schedule
    if idle is None or not isinstance(schedule, IntervalSchedule):
        return None
    if targets <= tracked.batch_size and (is_listed or not tracked.played):
        idle = min(idle, IN_ONE_REQUEST) if tracked.played else schedule.interval
    return idle if idle > schedule.interval else None


def account_seconds(schedule: Schedule, at: datetime) -> int:
    """Return how many seconds after an answer about the account the next one comes at the latest."""
    return whole_seconds(schedule.next(at) - at)


@lru_cache(maxsize=1024)
def span(seconds: int) -> timedelta:
    """Return the seconds as a span: the same few for thousands of targets."""
    return timedelta(seconds=seconds)


def earlier_promise(schedule: Schedule, player: Player | None) -> datetime | None:
    """Return until when another schedule has promised an answer about the account; None: none has."""
    if player is None or player.account_seen_at is None or player.account_promised_seconds is None:
        return None
    present = account_seconds(schedule, player.account_seen_at)
    if player.account_promised_seconds == present:
        return None
    return player.account_seen_at + timedelta(seconds=min(player.account_promised_seconds, present))


def whole_seconds(span: timedelta) -> int:
    return max(1, ceil(span / timedelta(seconds=1)))


def next_poll_at(target: Target, promise: Promise) -> datetime | None:
    """Return when a target is due; None: at once, as it has no accepted poll yet."""
    if target.due_at is not None:
        return target.due_at
    if target.last_seen_at is None or target.promised_seconds is None:
        return None
    seconds = min(target.promised_seconds, promise.seconds_after(target.last_seen_at))
    moment = target.last_seen_at + span(seconds)
    # Where a run probes, that is the poll of the account. Else the first polls of all targets are.
    until = None if promise.idle_every else promise.account_until
    return min(moment, until) if until else moment


def is_due(target: Target, now: datetime, promise: Promise, *, is_waiting: bool = False) -> bool:
    """Return whether a target is to be polled now. `is_waiting`: for a mass drop to be confirmed.

    A time further ahead than the promise and the back-off allow was stored while the clock was wrong: waiting
    for it would stop the polling for as long.
    """
    due = next_poll_at(target, promise)
    if due is None:
        return True
    has_backoff = target.failures > 0 or is_waiting
    longest = max(promise.longest, MAX_BACKOFF) if has_backoff else promise.longest
    early = promise.early if is_by_promise(target) else NO_TIME
    return not now + early < due <= now + longest


def due_targets(targets: Iterable[Target], now: datetime, promise: Promise) -> list[Target]:
    """Return the targets that a run polls now.

    Where each run polls all, a run takes some time: what it polled last is due that much later than what it
    polled first. So once some are due by their promise, the others of that run are, too.
    """
    found = list(targets)
    due = [target for target in found if is_due(target, now, promise)]
    if promise.idle_every is None and any(is_by_promise(target) for target in due):
        soon = now + promise.schedule.interval * MAX_EARLY
        due = [t for t in found if is_due(t, soon if is_by_promise(t) else now, promise)]
    return due


def is_by_promise(target: Target) -> bool:
    """Return whether the target waits for its promise: neither new, nor failing, nor suspect."""
    return target.due_at is None and target.last_seen_at is not None


def is_account_late(last_at: datetime, promised: timedelta, gap_after: timedelta, at: datetime) -> bool:
    """Return whether an answer about the account came so late that the time before it is a gap."""
    return at > last_at + promised + gap_after


def extends_account(last_at: datetime, promised: timedelta, at: datetime) -> bool:
    """Return whether an answer in time is stored: one a minute is enough, and with short promises more."""
    return at - last_at >= min(ACCOUNT_RESOLUTION, promised / 2)


def backoff_delay(interval: timedelta, failures: int) -> timedelta:
    """Return interval · 2^failures, six hours at most."""
    return min(interval * (1 << min(failures, 16)), MAX_BACKOFF)
