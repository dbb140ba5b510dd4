"""Streaks: days in a row on which something was unlocked. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Streak:
    """A streak that goes on. `includes_today`: else it ends with the day if nothing is unlocked."""

    days: int
    includes_today: bool

    @property
    def is_at_risk(self) -> bool:
        """Whether it ends today if nothing is unlocked."""
        return self.days > 0 and not self.includes_today


def current_streak(active: Collection[date], today: date) -> Streak:
    """Return the streak that ends today or, as today is not over, yesterday."""
    days, includes_today = set(active), today in active
    day, length = today if includes_today else today - DAY, 0
    while day - length * DAY in days:
        length += 1
    return Streak(length, includes_today)


def longest_streak(active: Iterable[date], since: date = date.min) -> tuple[int, date | None]:
    """Return the length and the last day of the longest streak that reaches `since` or later."""
    best: tuple[int, date | None] = (0, None)
    length, previous = 0, date.min
    for day in sorted(active):
        length = length + 1 if day - previous == DAY else 1
        previous = day
        if day >= since and length > best[0]:
            best = (length, day)
    return best
