"""Schedules: when the next poll is promised, by an interval or at local times of the day."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Schedule(Protocol):
    """When polls are made."""

    @property
    def interval(self) -> timedelta:
        """The shortest time between two polls; back-off and health are measured by it."""

    @property
    def longest(self) -> timedelta:
        """The longest time between two polls; a promise further ahead comes from a wrong clock."""

    def next(self, after: datetime) -> datetime:
        """Return the moment of the next poll in UTC, later than `after` (aware)."""


@dataclass(frozen=True, slots=True)
class IntervalSchedule:
    """A fixed interval, counted from the start of each run."""

    interval: timedelta

    @property
    def longest(self) -> timedelta:
        return self.interval

    def next(self, after: datetime) -> datetime:
        return after + self.interval


@dataclass(frozen=True, slots=True)
class DailySchedule:
    """Local times of the day. When the clocks change, a skipped time moves to the next valid minute."""

    times: tuple[time, ...]
    zone: ZoneInfo

    @property
    def interval(self) -> timedelta:
        minutes = sorted(t.hour * 60 + t.minute for t in self.times)
        # The last step goes to the first time of the next day; a single time gives 1440 minutes.
        steps = [b - a for a, b in zip(minutes, [*minutes[1:], minutes[0] + 1440], strict=True)]
        return timedelta(minutes=min(steps))

    @property
    def longest(self) -> timedelta:
        return timedelta(hours=26)  # a day, and up to two hours that a change of the clocks adds

    def next(self, after: datetime) -> datetime:
        today = after.astimezone(self.zone).date()
        # From yesterday, as a skipped time can move past midnight, to days ahead: a zone may skip a day.
        days = (today + timedelta(days=n) for n in range(-1, 4))
        moments = (
            first_valid_local_time(datetime.combine(day, t), self.zone) for day in days for t in self.times
        )
        return min(moment for moment in moments if moment > after)


def first_valid_local_time(local: datetime, zone: ZoneInfo) -> datetime:
    """Return a naive local time in UTC; one that the zone skips becomes the next minute that exists.

    Of a time that the zone repeats, the first one counts.
    """
    # A skipped time has no UTC: converted there and back, it comes out as another local time.
    minute = local
    while True:
        moment = minute.replace(tzinfo=zone, fold=0).astimezone(UTC)
        if moment.astimezone(zone).replace(tzinfo=None) == minute:
            return moment
        minute += timedelta(minutes=1)
