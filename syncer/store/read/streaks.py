"""Days in a row on which a player unlocked something."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from functools import cache

import sqlalchemy as sa

from syncer.core.formats.timestamps import MILLISECOND, start_of
from syncer.core.milestones.streaks import Streak, current_streak
from syncer.core.model.progress import EPOCH
from syncer.core.monitoring.unknown_time import Extent, unknown_time
from syncer.store.db.account_tables import unlocks
from syncer.store.db.any_of import any_of
from syncer.store.db.local_days import days_between, days_with_rows
from syncer.store.db.tables import players, snapshots
from syncer.store.db.views import first_unlocks

from .account_polls import gaps_of_accounts
from .base import Reader
from .daily import is_gain, known_until

FIRST_WINDOW = timedelta(days=31)
u = first_unlocks.c


class StreakQueries(Reader):
    """Streaks of the whole account, events left out; days are those of the given zone."""

    def current(self, player_id: int, zone: tzinfo, now: datetime) -> Streak | None:
        """Return the current streak; None: the player's unlocks were never read."""
        return self.of([player_id], zone, now).get(player_id)

    def of(
        self, player_ids: Sequence[int], zone: tzinfo, now: datetime, gap_after: timedelta | None = None
    ) -> dict[int, Streak]:
        """Return the current streaks of players, without those whose unlocks were never read.

        Since their last reading polls of followed games count, as on the pages. With `gap_after` a streak is
        left out, too, where no poll would have shown it. Reads a window that grows four times (exponential
        search): most streaks are short.
        """
        today, window, found = now.astimezone(zone).date(), FIRST_WINDOW, dict[int, Streak]()
        end = now + MILLISECOND  # of the days that are not read yet
        with self._database.reading() as tx:
            known = {row.id: row.known for row in tx.execute(_read_query(), {"ids": list(player_ids)})}
            left, gained = list(known), _polled_days(tx, zone, known, now)
            while left:
                since = max(EPOCH, start_of(today - window, zone))
                days = days_between(zone, since, end)
                for player_id, names in days_with_rows(tx, days, u.unlocked_at, u.player_id, left).items():
                    gained[player_id] |= names
                    active = set(map(date.fromisoformat, gained[player_id]))
                    found[player_id] = current_streak(active, today)
                reaches = [player_id for player_id in left if found[player_id].days >= window.days]
                left, window, end = reaches if since > EPOCH else [], 4 * window, since
            hidden = _hidden(tx, found, known, zone, now, gap_after) if gap_after else set[int]()
        return {player_id: streak for player_id, streak in found.items() if player_id not in hidden}


def _hidden(
    tx: sa.Connection,
    streaks: Mapping[int, Streak],
    known: Mapping[int, datetime],
    zone: tzinfo,
    now: datetime,
    gap_after: timedelta,
) -> set[int]:
    """Return the players without a streak who may have one: their account was not polled."""
    none, today = [one for one, streak in streaks.items() if not streak.days], now.astimezone(zone).date()
    since = min((known[one] for one in none), default=now)
    gaps = gaps_of_accounts(tx, none, now, gap_after, since) if none else {}
    unknown = {one: unknown_time(gaps[one], known[one]) for one in none}
    return {one for one in none if unknown[one].streak_extent(streaks[one], today, zone) is Extent.UNKNOWN}


def _polled_days(
    tx: sa.Connection, zone: tzinfo, known: Mapping[int, datetime], now: datetime
) -> dict[int, set[str]]:
    """Return the days on which polls showed a gain after unlocks were read. `known`: up to when they were."""
    begin, found = min(known.values(), default=now), {player_id: set[str]() for player_id in known}
    if begin >= now:
        return found
    p, s = players.c, snapshots.c
    later = s.first_seen_at > known_until().where(p.id == s.player_id).scalar_subquery()
    days = days_between(zone, begin, now + MILLISECOND)
    return days_with_rows(tx, days, s.first_seen_at, s.player_id, list(known), later, *is_gain())


@cache
def _read_query() -> sa.Select[tuple[datetime, int]]:
    """Return the query of players whose unlocks were read: of others no day is known to have none."""
    p = players.c
    some = sa.exists().where(unlocks.c.player_id == p.id)
    query = known_until().add_columns(p.id)
    return query.where(any_of(p.id, "ids"), sa.or_(p.unlocks_synced_until.is_not(None), some))
