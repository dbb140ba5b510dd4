"""What is polled, what is due and how the last run went: a fixed number of statements for all players."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa

from syncer.core.model.polling import SumReport
from syncer.core.model.run import RunOutcome
from syncer.store.db.account_tables import account_polls
from syncer.store.db.any_of import any_of
from syncer.store.db.moment import Moment, seconds_between
from syncer.store.db.parameters import is_among
from syncer.store.db.tables import players, runs, snapshots, targets
from syncer.store.db.views import first_unlocks

from .account_polls import IS_OPEN_ACCOUNT
from .base import Reader, Row
from .players import PlayerRef
from .promises import OPEN_SNAPSHOT, expected_at
from .sum_reports import read_sum_reports

WAITS_COUNTED = timedelta(days=7)  # of the longest wait between two polls
ANSWERED = (RunOutcome.OK.value, RunOutcome.PARTIAL.value)
RUN = "run_"  # before the names of the last run's columns
COUNTED = ("targets", "failing", "overdue")  # of what is followed; 0 where nothing is
PROMISED = ("promised_seconds", "target_promised_seconds", "oldest_poll_at")
TODAY = ("changes_today", "unlocks_today", "points_today")
AS_READ = ("gaps", *TODAY, "snapshots", *PROMISED)


class StatusQueries(Reader):
    """The status of players; times are UTC."""

    def of(
        self, chosen: Sequence[PlayerRef], now: datetime, midnight: datetime, gap_after: timedelta
    ) -> list[Row]:
        """Return the counts and the last run of these players. `midnight`: when their own day began."""
        values = {"ids": [player.id for player in chosen]}
        moments = {"midnight": midnight, "late": now - gap_after}
        with self._database.reading() as tx:
            rows = {row.id: row._mapping for row in tx.execute(_status_query(), values | moments)}
            waited = tx.execute(_waits_query(), values | {"since": now - WAITS_COUNTED}).all()
        waits = {player_id: round(seconds) for player_id, seconds in waited if seconds is not None}
        return [
            _status(player, rows[player.id]) | {"longest_wait_seconds": waits.get(player.id)}
            for player in chosen
        ]

    def sum_reports(self, chosen: Sequence[PlayerRef]) -> dict[int, SumReport]:
        """Return what a person should know of the sum check, by player's id; none where none was made."""
        with self._database.reading() as tx:
            return read_sum_reports(tx, [player.id for player in chosen])


def _status(player: PlayerRef, row: Any) -> Row:
    """Return the status of one player from the row of its query."""
    last_run = {column.name: row[RUN + column.name] for column in runs.c}
    expected = row["polled_at"] and row["polled_at"] + timedelta(seconds=row["promised_seconds"])
    return {
        "username": player.username,
        "ulid": player.ulid,
        "gone_at": player.gone_at,
        **{name: row[name] or 0 for name in COUNTED},
        **{name: row[name] for name in AS_READ},
        # The first of: the account's promise, a failed or suspect target, one without a poll yet.
        "next_due_at": _first(row["retried_at"], row["new_since"], expected) if row["targets"] else None,
        # The account's row is written once a minute; what changed since then was polled later.
        "last_poll_at": max(filter(None, (row["polled_at"], row["changed_at"])), default=None),
        "last_run": last_run if last_run["id"] else None,
    }


def _first(*moments: datetime | None) -> datetime | None:
    return min(filter(None, moments), default=None)


@cache
def _status_query() -> sa.Select[Any]:
    """Return the query of players: each fact is looked up by an index that begins with the player."""
    a, followed, newest = account_polls.c, _followed().subquery(), runs.alias("newest_run").c
    last = sa.select(sa.func.max(newest.id)).where(newest.player_id == players.c.id)
    return (
        sa.select(players.c.id, a.last_seen_at.label("polled_at"), a.promised_seconds, followed)
        .add_columns(*(query.scalar_subquery().label(name) for name, query in _stored().items()))
        .add_columns(*(column.label(RUN + column.name) for column in runs.c))
        .select_from(players)
        .outerjoin(account_polls, sa.and_(a.player_id == players.c.id, IS_OPEN_ACCOUNT))
        .outerjoin(followed, followed.c.player_id == players.c.id)
        # By id and not by time: the clock may have been set back between two runs.
        .outerjoin(runs, runs.c.id == last.scalar_subquery())
        .where(any_of(players.c.id, "ids"))
    )


def _stored() -> dict[str, sa.Select[Any]]:
    """Return the queries of what is stored of a player, each within a query of players."""
    s, count = snapshots.c, sa.func.count()
    mine = sa.select(count).select_from(snapshots).where(s.player_id == players.c.id)
    # `new` and `resumed` begin a snapshot, but no number of the player has changed.
    midnight = sa.bindparam("midnight", type_=Moment())
    today = (s.first_seen_at >= midnight, s.verdict == "changed")
    u = first_unlocks.c
    unlocked = (u.player_id == players.c.id, u.unlocked_at >= midnight)
    gaps = account_polls.alias("polls").c
    return {
        "snapshots": mine,
        "changes_today": mine.where(*today),
        "unlocks_today": sa.select(count).select_from(first_unlocks).where(*unlocked),
        "points_today": sa.select(sa.func.coalesce(sa.func.sum(u.points), 0)).where(*unlocked),
        "changed_at": sa.select(sa.func.max(s.first_seen_at)).where(s.player_id == players.c.id),
        "gaps": sa.select(count).where(gaps.player_id == players.c.id, gaps.after_gap),
    }


def _followed() -> sa.Select[Any]:
    """Return the query of what is followed, grouped by player."""
    t, count = targets.c, sa.func.count()
    is_new = sa.and_(t.due_at.is_(None), t.promised_seconds.is_(None))
    is_late = expected_at() < sa.bindparam("late", type_=Moment())
    return (
        sa.select(t.player_id, count.label("targets"), count.filter(t.failures > 0).label("failing"))
        .add_columns(count.filter(is_late).label("overdue"))
        .add_columns(sa.func.max(t.promised_seconds).label("target_promised_seconds"))
        .add_columns(sa.func.min(snapshots.c.last_seen_at).label("oldest_poll_at"))
        .add_columns(sa.func.min(t.due_at).label("retried_at"))
        .add_columns(sa.func.min(t.added_at).filter(is_new).label("new_since"))
        .select_from(targets)
        .outerjoin(*OPEN_SNAPSHOT)
        .where(any_of(t.player_id, "ids"), t.removed_at.is_(None))
        .group_by(t.player_id)
    )


@cache
def _waits_query() -> sa.Select[Any]:
    """Return the query of the longest time between two runs that were answered; NULL: there were no two."""
    r = runs.c
    before = sa.func.lag(r.started_at).over(partition_by=r.player_id, order_by=r.started_at)
    waits = sa.select(r.player_id, seconds_between(before, r.started_at).label("seconds"))
    since = r.started_at >= sa.bindparam("since", type_=Moment())
    waits = waits.where(any_of(r.player_id, "ids"), since, is_among(r.outcome, ANSWERED))
    w = waits.subquery().c
    return sa.select(w.player_id, sa.func.max(w.seconds)).group_by(w.player_id)
