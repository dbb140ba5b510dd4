"""The numbers of a year or a month of one player; docs/review.md has the same ones as plain SQL."""

from datetime import date, datetime, timedelta, tzinfo

from syncer.core.model.library import AwardKind
from syncer.core.polling.hours import Played, sum_of
from syncer.core.review.figures import gaps_within
from syncer.core.review.model import Known, PeriodSums, Reached, Review, Tally
from syncer.core.review.period import Period

from .account_polls import account_gaps_since
from .base import Reader, Row
from .daily import DailyQueries
from .milestones import MilestoneQueries
from .play import PlayQueries
from .players import PlayerQueries
from .review_sets import read_revised
from .review_unlocks import read_unlocked


class ReviewQueries(Reader):
    """Reviews of one player: unlocks of the whole account without events, sets of followed games."""

    def sums(self, player_id: int, zone: tzinfo, begin: datetime, end: datetime) -> PeriodSums:
        """Return what was unlocked on each day from `begin` to before `end`, and what was reached."""
        days = DailyQueries(self._database).unlocks(player_id, zone, begin, end)
        rows = MilestoneQueries(self._database).between(player_id, begin, end)
        # The newest first: of a set that was completed again after a revision its first time stays.
        reached = {(row["game_id"], row["kind"]): _reached(row) for row in rows}
        return PeriodSums(
            {date.fromisoformat(row["day"]): Tally(row["achievements"], row["points"] or 0) for row in days},
            sorted(reached.values(), key=lambda one: (one.at, one.game_id), reverse=True),
        )

    def of(self, player_id: int, period: Period, zone: tzinfo, now: datetime, gap_after: timedelta) -> Review:
        """Return the review of a period, whose days are those of the zone. `now` is in UTC."""
        begin, end = period.span(zone)
        known = self._known(player_id, begin, min(end, now), now, gap_after)
        sums = self.sums(player_id, zone, begin, end)
        with self._database.reading() as tx:
            is_read = known.unlocks_until is not None and known.unlocks_until > begin
            unlocked = read_unlocked(tx, player_id, zone, begin, end) if is_read else None
            revised = read_revised(tx, player_id, begin, end)
        return Review(period, sums, unlocked, self._played(player_id, zone, begin, end), revised, known)

    def _known(
        self, player_id: int, begin: datetime, until: datetime, now: datetime, gap_after: timedelta
    ) -> Known:
        with self._database.reading() as tx:
            gaps = account_gaps_since(tx, player_id, begin, now, gap_after)
        read_until = DailyQueries(self._database).unlocks_synced_until(player_id)
        first_poll = PlayerQueries(self._database).first_poll(player_id)
        return Known(read_until, first_poll, gaps_within(gaps, begin, until))

    def _played(self, player_id: int, zone: tzinfo, begin: datetime, end: datetime) -> Played | None:
        days = PlayQueries(self._database).by_day(player_id, zone, begin, end)
        return sum_of(days.values()) if days else None


def _reached(row: Row) -> Reached:
    named = {name: row[name] for name in ("game_id", "title", "console_name", "has_page", "at", "is_exact")}
    return Reached(**named, kind=AwardKind(row["kind"]))
