"""When the account of a page's player was polled, and which days and sums are not known because of it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from syncer.core.milestones.streaks import Streak
from syncer.core.model.progress import EPOCH
from syncer.core.monitoring.unknown_time import Extent, UnknownTime, unknown_time
from syncer.store.read.base import Row
from syncer.web.app.player_request import PlayerRequest

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PolledTime:
    """The times without polls of one player.

    `gaps`: all of them, longest first; a current one has no end. `unknown`: those that no reading of unlocks
    has filled.
    """

    view: PlayerRequest
    gaps: list[Row]
    unknown: UnknownTime

    @property
    def unknown_since(self) -> datetime | None:
        """Since when unlocks are not known; None: they are known up to now."""
        return self.unknown.since

    def extent(self, first: date, end: date) -> Extent:
        """Return how much is known of what was unlocked from the day `first` to before `end`, or now."""
        return self.unknown.extent(
            self.view.start_of_day(first), min(self.view.start_of_day(end), self.view.now)
        )

    def streak_extent(self, streak: Streak) -> Extent:
        return self.unknown.streak_extent(streak, self.view.today, self.view.context.zone)

    def unpolled_days(self, first: date, end: date) -> set[date]:
        """Return the days from `first` to before `end` that lie whole in a gap, today so far."""
        days = set[date]()
        for gap in self.gaps:
            day = max(first, gap["started_at"].astimezone(self.view.context.zone).date() + DAY)
            until = gap["ended_at"] or self.view.start_of_day(self.view.today + DAY)
            while day < end and self.view.start_of_day(day + DAY) <= until:
                days.add(day)
                day += DAY
        return days

    def within(self, begin: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """Return the parts of the gaps from `begin` to `end`, the earliest first."""
        spans = ((max(gap["started_at"], begin), min(gap["ended_at"] or end, end)) for gap in self.gaps)
        return sorted(span for span in spans if span[0] < span[1])


def polled_time(view: PlayerRequest) -> PolledTime:
    """Return the times without polls of the player of a page: one search for each page."""
    gaps = view.queries.account_polls.gaps(view.player.id, view.now, view.context.gap_after)
    return PolledTime(view, gaps, unknown_time(gaps, view.unlocks_known_until or EPOCH))
