"""Times of which no unlock is known: the account was not polled, and its unlocks were not read later. Pure.

The site dates unlocks, so that reading them after a gap fills it. Until then polls tell: what they show after
a gap counts at its end, whenever in it that was unlocked. So a sum over the whole gap is right, and one over
a part of it is not.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import TypeAlias

from syncer.core.formats.timestamps import start_of
from syncer.core.milestones.streaks import Streak

from .gaps import OPEN_END, Gap

DAY = timedelta(days=1)
Span: TypeAlias = tuple[datetime, datetime]


class Extent(StrEnum):
    """How much is known of a time."""

    KNOWN = "known"
    PARTLY = "partly"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class UnknownTime:
    """The unknown spans of one player, in UTC; one that lasts ends at OPEN_END."""

    spans: tuple[Span, ...] = ()

    @property
    def since(self) -> datetime | None:
        """Since when nothing is known; None: it is known up to now."""
        return next((start for start, end in self.spans if end == OPEN_END), None)

    def extent(self, begin: datetime, end: datetime) -> Extent:
        """Return how much is known of the sum from `begin` to before `end`, which is now at the latest."""
        if any(start <= begin and end < until for start, until in self.spans):
            return Extent.UNKNOWN
        is_cut = any(start < at < until for start, until in self.spans for at in (begin, end))
        return Extent.PARTLY if is_cut else Extent.KNOWN

    def touches(self, day: date, zone: tzinfo) -> bool:
        """Return whether a part of a day of the zone is unknown."""
        begin, end = start_of(day, zone), start_of(day + DAY, zone)
        return any(start < end and begin < until for start, until in self.spans)

    def streak_extent(self, streak: Streak, today: date, zone: tzinfo) -> Extent:
        """Return how much is known of a current streak.

        Partly: it may be longer, or may include today already. Unknown: there may be one, and none is known.
        """
        quiet = today - (streak.days if streak.includes_today else streak.days + 1) * DAY
        if self.touches(quiet, zone):
            return Extent.PARTLY if streak.days else Extent.UNKNOWN
        is_open = not streak.includes_today and self.touches(today, zone)
        return Extent.PARTLY if is_open else Extent.KNOWN


def unknown_time(gaps: Iterable[Gap], known_until: datetime) -> UnknownTime:
    """Return what is unknown of an account with these gaps, whose unlocks are known until a moment."""
    spans = ((max(gap["started_at"], known_until), gap["ended_at"] or OPEN_END) for gap in gaps)
    return UnknownTime(tuple(sorted(span for span in spans if span[0] < span[1])))
