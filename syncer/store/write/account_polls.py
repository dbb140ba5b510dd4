"""Write when answers about a player came as promised."""

from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from syncer.core.model.account import AccountPromise
from syncer.core.polling.promise import ACCOUNT_RESOLUTION, extends_account, is_account_late
from syncer.store.db.account_tables import account_polls
from syncer.store.db.parameters import AT, PLAYER
from syncer.store.db.tables import IS_OPEN, snapshots
from syncer.store.db.upsert import insert_or_ignore
from syncer.store.read.account_polls import IS_OPEN_ACCOUNT

from .statements import extend_row

a, s = account_polls.c, snapshots.c
OPEN_ROW = (
    sa.select(a.id, a.last_seen_at, a.promised_seconds)
    .where(a.player_id == PLAYER, IS_OPEN_ACCOUNT)
    .with_for_update()
)
CLOSE = account_polls.update().where(a.id == sa.bindparam("row")).values(is_open=False)
EXTEND = extend_row(account_polls, sa.bindparam("promised", type_=sa.Integer))
NEWEST = (
    account_polls.update()
    .where(a.player_id == PLAYER, IS_OPEN_ACCOUNT)
    .where(a.last_seen_at < AT, a.last_seen_at >= sa.bindparam("since"))
    .values(last_seen_at=AT, poll_count=a.poll_count + 1)
)
NEWEST_POLL = sa.select(sa.func.max(s.last_seen_at)).where(
    s.player_id == PLAYER, IS_OPEN, s.last_seen_at <= sa.bindparam("until")
)


class OpenPolls(NamedTuple):
    """The open row of a player; None in each column: there is none yet."""

    id: int | None
    last_seen_at: datetime | None
    promised_seconds: int | None

    def contain(self, at: datetime, promise: AccountPromise) -> bool:
        """Return whether an answer changes nothing: one a minute is enough."""
        if self.last_seen_at is None or self.promised_seconds is None:
            return False
        promised = timedelta(seconds=self.promised_seconds)
        if self.promised_seconds != promise.seconds or extends_account(self.last_seen_at, promised, at):
            return False
        return not is_account_late(self.last_seen_at, promised, promise.gap_after, at)


def extend_account_polls(tx: sa.Connection, player_id: int, at: datetime, promise: AccountPromise) -> bool:
    """Store that an answer about the player was accepted; return whether it leaves a gap before it."""
    newest = tx.execute(OPEN_ROW, {"player": player_id}).one_or_none()
    if newest is None:
        _begin(tx, player_id, at, promise, after_gap=False)
        return False
    promised = timedelta(seconds=newest.promised_seconds)
    if is_account_late(newest.last_seen_at, promised, promise.gap_after, at):
        tx.execute(CLOSE, {"row": newest.id})
        _begin(tx, player_id, at, promise, after_gap=True)
        return True
    if extends_account(newest.last_seen_at, promised, at) or (
        at > newest.last_seen_at and promise.seconds != newest.promised_seconds
    ):
        tx.execute(EXTEND, {"row": newest.id, "at": at, "promised": promise.seconds})
    return False


def end_account_polls(tx: sa.Connection, player_id: int, at: datetime) -> None:
    """Store when the newest answer of a run came, if it is not: one a minute was.

    Without it, that minute would count as a part of the time to the next answer, which may then seem late.
    """
    tx.execute(NEWEST, {"player": player_id, "at": at, "since": at - ACCOUNT_RESOLUTION})


def end_interrupted_polls(tx: sa.Connection, player_id: int) -> None:
    """Store when the newest answer came of a run that a killed process left open, by the polls of games."""
    row = tx.execute(OPEN_ROW, {"player": player_id}).one_or_none()
    if row:
        until = row.last_seen_at + ACCOUNT_RESOLUTION
        newest = tx.scalar(NEWEST_POLL, {"player": player_id, "until": until})
        if newest:
            end_account_polls(tx, player_id, newest)


def _begin(
    tx: sa.Connection, player_id: int, at: datetime, promise: AccountPromise, *, after_gap: bool
) -> None:
    moments = {"first_seen_at": at, "last_seen_at": at, "poll_count": 1}
    row = {"player_id": player_id, "promised_seconds": promise.seconds, "is_open": True, **moments}
    tx.execute(insert_or_ignore(tx, account_polls), {**row, "after_gap": after_gap})
