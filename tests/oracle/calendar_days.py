"""What the calendar must show: unlocks and points of each day, and the longest streak.

The days are those of first unlocks that are not gone, of the whole account without events. Where the site
showed a softcore unlock too briefly to be surely read, either of its two days is right.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from .expected_unlocks import first_options
from .stored import Stored
from .truth import Truth

DAY = timedelta(days=1)


@dataclass
class Span:
    """The least and the most of a day."""

    min_count: int = 0
    max_count: int = 0
    min_points: int = 0
    max_points: int = 0

    def add(self, points: int, *, sure: bool) -> None:
        self.max_count, self.max_points = self.max_count + 1, self.max_points + points
        if sure:
            self.min_count, self.min_points = self.min_count + 1, self.min_points + points

    def holds(self, count: int, points: int) -> bool:
        counted = self.min_count <= count <= self.max_count
        return counted and self.min_points <= points <= self.max_points


def calendar_differences(truth: Truth, stored: Stored) -> list[str]:
    """Return the days of the calendar page that are wrong, and the streak if it is."""
    if not truth.reads_unlocks:
        return []
    spans, wrong = _spans(truth), list[str]()
    shown = {_name(day): day for day in spans}
    for name in sorted({*shown, *stored.days}):
        span, found = spans.get(shown.get(name, date.min), Span()), stored.days.get(name, (0, 0))
        if not span.holds(*found):
            wrong.append(f"{name}: {found} instead of {span}")
    least = longest([day for day, span in spans.items() if span.min_count])
    most = longest(list(spans))
    if not least <= stored.longest_streak <= most:
        wrong.append(f"the longest streak is {stored.longest_streak} instead of {least} to {most}")
    return wrong


def _spans(truth: Truth) -> dict[date, Span]:
    """Return each day of the last year on which something was unlocked first."""
    of_events = {row.achievement for row in truth.unlocks if row.game in truth.events}
    spans: dict[date, Span] = {}
    for achievement, options in first_options(truth).items():
        days = {option[1].date() if option else None for option in options}
        for day in days if achievement not in of_events else ():
            if day is not None and day.year == truth.end.year:
                spans.setdefault(day, Span()).add(truth.points[achievement], sure=len(days) == 1)
    return spans


def longest(days: list[date]) -> int:
    """Return how many days in a row there are at most."""
    best = length = 0
    for day in sorted(days):
        length = length + 1 if day - DAY in days else 1
        best = max(best, length)
    return best


def _name(day: date) -> str:
    return f"{day.day} {day:%B}"
