"""Days in a row on which a player unlocked something."""

from datetime import date, datetime, timedelta, tzinfo

import sqlalchemy as sa

from syncer.core.formats.timestamps import MILLISECOND, start_of
from syncer.core.milestones.streaks import Streak, current_streak
from syncer.core.model.progress import EPOCH
from syncer.store.db.account_tables import unlocks
from syncer.store.db.local_days import days_between, days_with_rows
from syncer.store.db.tables import players
from syncer.store.db.views import first_unlocks

from .base import Reader

FIRST_WINDOW = timedelta(days=31)


class StreakQueries(Reader):
    """Streaks of the whole account, events left out; days are those of the given zone."""

    def current(self, player_id: int, zone: tzinfo, now: datetime) -> Streak | None:
        """Return the current streak; None: the player's unlocks were never read.

        Reads a window that grows four times (exponential search): most streaks are short.
        """
        today, window = now.astimezone(zone).date(), FIRST_WINDOW
        with self._database.reading() as tx:
            if not _has_unlocks(tx, player_id):
                return None
            while True:
                since = max(EPOCH, start_of(today - window, zone))
                streak = current_streak(_active_days(tx, player_id, zone, since, now), today)
                if since == EPOCH or streak.days < window.days:
                    return streak
                window *= 4


def _has_unlocks(tx: sa.Connection, player_id: int) -> bool:
    """Return whether unlocks were read: without them, no day is known to have none."""
    read = sa.select(players.c.unlocks_synced_until).where(players.c.id == player_id)
    some = sa.select(unlocks.c.unlocked_at).where(unlocks.c.player_id == player_id).limit(1)
    return tx.scalar(read) is not None or tx.scalar(some) is not None


def _active_days(
    tx: sa.Connection, player_id: int, zone: tzinfo, since: datetime, until: datetime
) -> set[date]:
    u = first_unlocks.c
    days = days_between(zone, since, until + MILLISECOND)
    found = days_with_rows(tx, days, u.unlocked_at, u.player_id == player_id)
    return {date.fromisoformat(day) for day in found}
