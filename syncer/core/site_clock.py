"""The time that is recorded: our clock's or, where that is wrong, the site's.

A machine's clock may be hours off until time sync: after a dual boot, without a battery, in a paused virtual
machine. Each answer of the site contains its time. Up to ten minutes our clock counts; beyond, the
site's time does. Between two answers the time goes on by the steady clock, which setting the clock does not
change: so a step of the wall clock is noticed without an answer, too.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from syncer import BUILD_DATE
from syncer.core.clock import CLOCK_TOLERANCE, Clock, truncate_to_ms

MAX_CLOCK_OFFSET = timedelta(minutes=10)
LAST_DATE = BUILD_DATE + timedelta(days=30 * 365)  # what is later is no date of a site that runs now
# Dates that contradict all earlier ones count once a second one says the same time, so much later.
SECOND_DATE_AFTER, SAME_TIME = timedelta(minutes=1), timedelta(seconds=30)
DATE_RESOLUTION = timedelta(seconds=1)  # a Date header has whole seconds
NO_TIME = timedelta(0)


@dataclass(frozen=True, slots=True)
class Reference:
    """A moment that is known to be right, at a reading of the steady clock. `by_site`: a Date header says so.

    Otherwise a poll was accepted at it.
    """

    moment: datetime
    ticks: float
    by_site: bool

    def time_at(self, ticks: float) -> datetime:
        return self.moment + timedelta(seconds=ticks - self.ticks)


class SiteClock:
    """A clock that the site's answers correct. `corrections`: how far they have moved the time, in all."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._reference: Reference | None = None
        self._doubted: Reference | None = None
        self.corrections = NO_TIME

    def now(self) -> datetime:
        """Return the present moment by the wall clock, unless that was stepped or contradicts the site."""
        with self._lock:
            return self._read()[1]

    def monotonic(self) -> float:
        return self._clock.monotonic()

    def steady(self) -> float:
        return self._clock.steady()

    def wait(self, seconds: float) -> None:
        self._clock.wait(seconds)

    def on_stop(self, call: Callable[[], object]) -> None:
        self._clock.on_stop(call)

    @property
    def is_known(self) -> bool:
        """Whether the site has said what time it is, or has accepted a poll by this time."""
        return self._reference is not None

    @property
    def is_proven(self) -> bool:
        """Whether the site has said what time it is."""
        return self._reference is not None and self._reference.by_site

    @property
    def offset(self) -> timedelta:
        """How far the time is ahead of the wall clock; zero while the wall clock counts."""
        with self._lock:
            wall, time, _ = self._read()
            return time - wall

    def _read(self) -> tuple[datetime, datetime, float]:
        """Return the wall clock, the time, and the steady clock."""
        wall, ticks = self._clock.now(), self._clock.steady()
        if self._reference is None:
            return wall, wall, ticks
        time = self._reference.time_at(ticks)
        if abs(wall - time) > CLOCK_TOLERANCE:
            return wall, truncate_to_ms(time), ticks
        # Time sync adjusts the wall clock slowly, too: what it was adjusted by is no step.
        self._reference = replace(self._reference, moment=wall, ticks=ticks)
        return wall, wall, ticks

    def observe(self, date: datetime | None, at: datetime, seconds: float = 0.0) -> datetime:
        """Correct the time by the Date of an answer that took `seconds`; return `at`, corrected alike.

        A date before this program was built, or decades later, is no date, and changes nothing.
        """
        if date is None or not BUILD_DATE <= date < LAST_DATE:
            return at
        with self._lock:
            wall, before, ticks = self._read()
            moment = _nearest(wall, before, date, DATE_RESOLUTION + timedelta(seconds=seconds))
            if self._is_doubtful(moment, before, ticks):
                return at
            self._doubted, self._reference = None, Reference(moment, ticks, by_site=True)
            return at + self._add(moment - before)

    def _is_doubtful(self, moment: datetime, before: datetime, ticks: float) -> bool:
        """Return whether a date stands alone against those before it, as from a cache or a broken clock.

        Whichever is wrong, rows that it had stamped would stay wrong.
        """
        if not (self._reference and self._reference.by_site) or abs(moment - before) <= MAX_CLOCK_OFFSET:
            return False
        first = self._doubted
        if first is None or abs(moment - first.time_at(ticks)) > SAME_TIME:
            self._doubted = Reference(moment, ticks, by_site=True)
            return True
        return moment - first.moment < SECOND_DATE_AFTER

    def confirm(self) -> None:
        """Keep the present time, by which a poll was accepted: a step from now on is noticed."""
        with self._lock:
            if self._reference is None:
                self._reference = Reference(self._clock.now(), self._clock.steady(), by_site=False)

    def distrust(self) -> None:
        """Forget the time that was kept, by which a poll was rejected: from now on the wall clock counts."""
        with self._lock:
            wall, before, _ = self._read()
            self._reference = self._doubted = None
            self._add(wall - before)

    def _add(self, correction: timedelta) -> timedelta:
        self.corrections += correction
        return correction


def _nearest(wall: datetime, before: datetime, date: datetime, slack: timedelta) -> datetime:
    """Return the time after an answer. `date`: when it was sent; `slack`: what has passed since, at most."""
    if abs(date - wall) <= MAX_CLOCK_OFFSET:
        return wall
    return before if date <= before <= date + slack else date


def site_clock(clock: Clock) -> SiteClock:
    """Return the clock itself if the site corrects it already; all parts of a process share one."""
    return clock if isinstance(clock, SiteClock) else SiteClock(clock)
