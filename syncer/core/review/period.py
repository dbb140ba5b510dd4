"""The year or the month of a review."""

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from syncer.core.formats.timestamps import start_of

FIRST_YEAR, LAST_YEAR = 1971, 9998  # computing with other ones overflows in some zones
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Period:
    """A year, or one month of it (1 to 12)."""

    year: int
    month: int | None = None

    def __str__(self) -> str:
        """Return how it is typed: 2026 or 2026-11."""
        return f"{self.year:04}" if self.month is None else f"{self.year:04}-{self.month:02}"

    @property
    def name(self) -> str:
        """How it is read: 2026 or November 2026."""
        return f"{self.year}" if self.month is None else f"{calendar.month_name[self.month]} {self.year}"

    @property
    def first(self) -> date:
        """The first day."""
        return date(self.year, self.month or 1, 1)

    @property
    def end(self) -> date:
        """The day after the last one."""
        return self.following.first

    @property
    def previous(self) -> "Period":
        return self._moved(-1)

    @property
    def following(self) -> "Period":
        return self._moved(1)

    @property
    def months(self) -> tuple["Period", ...]:
        """The months of a year; none of a month."""
        return () if self.month else tuple(Period(self.year, month) for month in range(1, MONTHS + 1))

    def span(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """Return when it begins in the zone, and when the next one does, as UTC."""
        return start_of(self.first, zone), start_of(self.end, zone)

    def _moved(self, by: int) -> "Period":
        if self.month is None:
            return Period(self.year + by)
        months = self.year * MONTHS + self.month - 1 + by
        return Period(months // MONTHS, months % MONTHS + 1)


def month_of(day: date) -> Period:
    """Return the month in which a day lies."""
    return Period(day.year, day.month)


def parse_period(text: str, today: date) -> Period:
    """Return the period that a text names. Raises ValueError, also for one that has not begun."""
    # Not \d, which also matches digits of other scripts.
    found = re.fullmatch(r"([0-9]{4})(?:-([0-9]{2}))?", text)
    year, month = (int(found[1]), int(found[2]) if found[2] else None) if found else (0, None)
    if found is None or month not in (None, *range(1, MONTHS + 1)):
        raise ValueError(f"{text!r} is not a year like {today:%Y} or a month like {today:%Y-%m}")
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"{text} is not from {FIRST_YEAR} to {today:%Y}")
    period = Period(year, month)
    if period.first > today:
        raise ValueError(f"{period.name} has not begun: it lies in the future")
    return period
