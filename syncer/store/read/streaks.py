"""Days in a row on which a player unlocked something."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo
from functools import cache

import sqlalchemy as sa

from syncer.core.formats.timestamps import MILLISECOND, start_of
from syncer.core.milestones.streaks import Streak, current_streak
from syncer.core.model.progress import EPOCH
from syncer.store.db.account_tables import unlocks
from syncer.store.db.any_of import any_of
from syncer.store.db.local_days import days_between, days_with_rows
from syncer.store.db.tables import players
from syncer.store.db.views import first_unlocks

from .base import Reader

FIRST_WINDOW = timedelta(days=31)
u = first_unlocks.c


class StreakQueries(Reader):
    """Streaks of the whole account, events left out; days are those of the given zone."""

    def current(self, player_id: int, zone: tzinfo, now: datetime) -> Streak | None:
        """Return the current streak; None: the player's unlocks were never read."""
        return self.of([player_id], zone, now).get(player_id)

    def of(self, player_ids: Sequence[int], zone: tzinfo, now: datetime) -> dict[int, Streak]:
        """Return the current streaks of players, without those whose unlocks were never read.

        Reads a window that grows four times (exponential search): most streaks are short.
        """
        today, window, found = now.astimezone(zone).date(), FIRST_WINDOW, dict[int, Streak]()
        with self._database.reading() as tx:
            left = [row.id for row in tx.execute(_read_query(), {"ids": list(player_ids)})]
            while left:
                since = max(EPOCH, start_of(today - window, zone))
                days = days_between(zone, since, now + MILLISECOND)
                active = days_with_rows(tx, days, u.unlocked_at, u.player_id, left)
                for player_id, names in active.items():
                    found[player_id] = current_streak(set(map(date.fromisoformat, names)), today)
                reaches = [player_id for player_id in left if found[player_id].days >= window.days]
                left, window = reaches if since > EPOCH else [], 4 * window
        return found


@cache
def _read_query() -> sa.Select[tuple[int]]:
    """Return the query of players whose unlocks were read: of others no day is known to have none."""
    p = players.c
    some = sa.exists().where(unlocks.c.player_id == p.id)
    return sa.select(p.id).where(any_of(p.id, "ids"), sa.or_(p.unlocks_synced_until.is_not(None), some))
