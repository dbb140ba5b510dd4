"""When the account was polled, and when it was not (table account_polls).

A row lasts from the first to the last answer between two gaps, so that a gap lies between two rows. Without
a row there is no promise yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter

import sqlalchemy as sa

from syncer.core.monitoring.gaps import covered_share
from syncer.core.polling.promise import is_account_late
from syncer.store.db.account_tables import account_polls
from syncer.store.db.any_of import any_of
from syncer.store.db.tables import targets

from .base import Reader, Row

# The condition of the index, word for word: SQLite uses a partial index for no other.
IS_OPEN_ACCOUNT: sa.ColumnElement[bool] = sa.literal_column("account_polls.is_open")
NO_GAME = {"scope": "account", "game_id": None, "title": None}


@dataclass(frozen=True, slots=True)
class AccountPoll:
    """The newest accepted answer about a player; within a minute, as its row is not written for each."""

    at: datetime
    promised: timedelta

    @property
    def expected_at(self) -> datetime:
        """When the next answer was promised."""
        return self.at + self.promised


def newest_account_poll(tx: sa.Connection, player_id: int) -> AccountPoll | None:
    """Return the newest accepted answer about a player; None: there was none."""
    a = account_polls.c
    query = sa.select(a.last_seen_at, a.promised_seconds).where(a.player_id == player_id, IS_OPEN_ACCOUNT)
    row = tx.execute(query).one_or_none()
    return AccountPoll(row.last_seen_at, timedelta(seconds=row.promised_seconds)) if row else None


def account_gap_count(tx: sa.Connection, player_id: int, since: datetime | None = None) -> int:
    """Return how many times without polls of the account ended since then."""
    a = account_polls.c
    query = sa.select(sa.func.count()).select_from(account_polls).where(a.player_id == player_id, a.after_gap)
    return int(tx.scalar(query.where(a.first_seen_at >= since) if since else query) or 0)


def current_account_gap(
    tx: sa.Connection, player_id: int, now: datetime, gap_after: timedelta
) -> datetime | None:
    """Return since when the account of a followed player has not been polled as promised; None: it was."""
    return current_account_gaps(tx, [player_id], now, gap_after).get(player_id)


def current_account_gaps(
    tx: sa.Connection, player_ids: Sequence[int], now: datetime, gap_after: timedelta
) -> dict[int, datetime]:
    """Return since when accounts of followed players have not been polled as promised, by player."""
    a, t = account_polls.c, targets.c
    is_followed = sa.exists().where(t.player_id == a.player_id, t.removed_at.is_(None))
    query = sa.select(a.player_id, a.last_seen_at, a.promised_seconds)
    query = query.where(any_of(a.player_id, "ids"), IS_OPEN_ACCOUNT, is_followed)
    return {
        player_id: last
        for player_id, last, promised in tx.execute(query, {"ids": list(player_ids)})
        if is_account_late(last, timedelta(seconds=promised), gap_after, now)
    }


def gaps_of_accounts(
    tx: sa.Connection,
    player_ids: Sequence[int],
    now: datetime,
    gap_after: timedelta,
    since: datetime | None = None,
) -> dict[int, list[Row]]:
    """Return when the accounts were not polled as promised, in no order; a current gap has no end.

    `since`: without those that ended by then.
    """
    # Not from coverage_gaps: SQLite would go through the gaps of all targets for a list of players.
    a, before = account_polls.c, account_polls.alias("before").c
    last = sa.select(before.last_seen_at).where(before.player_id == a.player_id)
    last = last.where(before.first_seen_at < a.first_seen_at).order_by(before.first_seen_at.desc()).limit(1)
    query = sa.select(a.player_id, last.scalar_subquery(), a.first_seen_at)
    query = query.where(any_of(a.player_id, "ids"), a.after_gap)
    ended = tx.execute(query.where(a.first_seen_at > since) if since else query, {"ids": list(player_ids)})
    current = current_account_gaps(tx, player_ids, now, gap_after).items()
    found: dict[int, list[Row]] = {player_id: [] for player_id in player_ids}
    for player_id, started_at, ended_at in (*ended, *((one, start, None) for one, start in current)):
        found[player_id].append({**NO_GAME, "started_at": started_at, "ended_at": ended_at})
    return found


def account_gaps_since(
    tx: sa.Connection, player_id: int, since: datetime, now: datetime, gap_after: timedelta
) -> list[tuple[datetime, datetime]]:
    """Return start and end of each gap of the account that ended since then; one that lasts ends now."""
    gaps = gaps_of_accounts(tx, [player_id], now, gap_after, since)[player_id]
    return [(gap["started_at"], gap["ended_at"] or now) for gap in gaps]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The gaps of an account, longest first; a current one has no end.

    `share`: the share of a time in which the account was polled as promised; None: before its first poll.
    """

    gaps: list[Row]
    share: float | None


class AccountPollQueries(Reader):
    """The polls of one player's account; times are UTC."""

    def newest(self, player_id: int) -> AccountPoll | None:
        """Return the newest accepted answer about a player; None: there was none."""
        with self._database.reading() as tx:
            return newest_account_poll(tx, player_id)

    def gaps(self, player_id: int, now: datetime, gap_after: timedelta) -> list[Row]:
        """Return when the account was not polled as promised, longest first; a current gap has no end."""
        with self._database.reading() as tx:
            gaps = gaps_of_accounts(tx, [player_id], now, gap_after)[player_id]
        # started - ended is negative: ascending order puts the longest gap first.
        return sorted(gaps, key=lambda gap: (gap["started_at"] - (gap["ended_at"] or now), gap["started_at"]))

    def gaps_between(
        self, player_id: int, since: datetime, until: datetime, now: datetime, gap_after: timedelta
    ) -> list[Row]:
        """Return the gaps of the account that overlap the window, oldest first; a current one has no end."""
        with self._database.reading() as tx:
            gaps = gaps_of_accounts(tx, [player_id], now, gap_after, since)[player_id]
        return sorted((gap for gap in gaps if gap["started_at"] < until), key=itemgetter("started_at"))

    def gap_count(self, player_id: int, since: datetime | None = None) -> int:
        """Return how many times without polls of the account ended since then."""
        with self._database.reading() as tx:
            return account_gap_count(tx, player_id, since)

    def is_in_gap(self, player_id: int, moment: datetime, now: datetime, gap_after: timedelta) -> bool:
        """Return whether the account was not polled as promised at that moment."""
        a = account_polls.c
        query = sa.select(a.last_seen_at, a.is_open).where(
            a.player_id == player_id, a.first_seen_at <= moment
        )
        with self._database.reading() as tx:
            row = tx.execute(query.order_by(a.first_seen_at.desc()).limit(1)).one_or_none()
            if row is None or moment <= row.last_seen_at:
                return False
            # Only a gap closes a row. After an open one the promise decides whether this time becomes a gap.
            return not row.is_open or current_account_gap(tx, player_id, now, gap_after) is not None

    def coverage(self, player_id: int, since: datetime, now: datetime, gap_after: timedelta) -> Coverage:
        """Return all gaps, and the share of the time since then in which the account was polled.

        The time of the share begins with the first poll.
        """
        first = sa.select(sa.func.min(account_polls.c.first_seen_at))
        began = self._scalar(first.where(account_polls.c.player_id == player_id))
        gaps = self.gaps(player_id, now, gap_after)
        spans = ((gap["started_at"], gap["ended_at"] or now) for gap in gaps)
        return Coverage(gaps, covered_share(spans, max(since, began), now) if began else None)
