"""When the next look is promised: every so often, or at listed local times."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Schedule(Protocol):
    @property
    def interval(self) -> timedelta:
        """The shortest time between two looks; back-off and health are measured by it."""

    @property
    def longest(self) -> timedelta:
        """The longest time between two looks; a promise further ahead comes from a wrong clock."""

    def next(self, after: datetime) -> datetime:
        """The moment of the next look, UTC, later than `after` (aware)."""


@dataclass(frozen=True, slots=True)
class IntervalSchedule:
    """A steady beat, counted from the start of each run."""

    interval: timedelta

    @property
    def longest(self) -> timedelta:
        return self.interval

    def next(self, after: datetime) -> datetime:
        return after + self.interval


@dataclass(frozen=True, slots=True)
class DailySchedule:
    """Local times of the day. A skipped one moves to the next valid minute, a doubled one counts once."""

    times: tuple[time, ...]
    zone: ZoneInfo

    @property
    def interval(self) -> timedelta:
        minutes = sorted(t.hour * 60 + t.minute for t in self.times)
        steps = [b - a for a, b in zip(minutes, [*minutes[1:], minutes[0] + 1440], strict=True)]
        return timedelta(minutes=min(steps))

    @property
    def longest(self) -> timedelta:
        return timedelta(hours=26)  # a day, and whatever summer time adds

    def next(self, after: datetime) -> datetime:
        today = after.astimezone(self.zone).date()
        days = (today + timedelta(days=n) for n in range(-1, 4))
        moments = (
            first_valid_local_time(datetime.combine(day, t), self.zone) for day in days for t in self.times
        )
        return min(moment for moment in moments if moment > after)


def first_valid_local_time(local: datetime, zone: ZoneInfo) -> datetime:
    """The naive local time as UTC; one that the zone skips becomes the next minute that exists."""
    minute = local
    while True:
        moment = minute.replace(tzinfo=zone, fold=0).astimezone(UTC)
        if moment.astimezone(zone).replace(tzinfo=None) == minute:
            return moment
        minute += timedelta(minutes=1)
