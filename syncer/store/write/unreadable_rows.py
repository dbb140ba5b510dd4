"""Rows of lists that could not be read, in the table rejections: one row per entry while it stands."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from syncer.core.model.decision import Rejection, RejectionReason
from syncer.core.model.player import Player
from syncer.core.model.progress import UnparsableEntry
from syncer.store.db.engine import Database
from syncer.store.db.parameters import PLAYER
from syncer.store.db.tables import rejections

from .rejections import extend_rejection, rejection_values

REASON = RejectionReason.UNPARSABLE_ROW
MAX_KEPT = 100  # entries of one answer: a list can have thousands
r = rejections.c
STANDING = (
    sa.select(r.id, r.raw, r.subject)
    .where(r.player_id == PLAYER, r.endpoint == sa.bindparam("endpoint"))
    .where(r.reason == REASON.value, r.ended_at.is_(None))
    .order_by(r.id)
)
STANDING_SINCE = STANDING.where(r.last_seen_at < sa.bindparam("seen_before"))


class RowSource(NamedTuple):
    """Where a row came from. `subject`: what was requested."""

    player_id: int
    endpoint: str
    subject: str


class UnreadableRowWriter:
    """The core's UnreadableRowStore in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(
        self,
        player: Player,
        endpoint: str,
        subject: str,
        rows: Sequence[UnparsableEntry],
        at: datetime,
        *,
        is_complete: bool,
    ) -> None:
        """Keep rows that could not be read; where the answer is complete, end those that it no longer has."""
        with self._database.writing() as tx:
            source = RowSource(player.id, endpoint, subject)
            _save(tx, source, [row.raw for row in rows], at, is_complete=is_complete)

    def standing_subjects(self, player: Player, endpoint: str, seen_before: datetime) -> list[str]:
        """Return what was requested when rows that stand could not be read, and not since that moment."""
        values = {"player": player.id, "endpoint": endpoint, "seen_before": seen_before}
        with self._database.reading() as tx:
            return list(dict.fromkeys(row.subject for row in tx.execute(STANDING_SINCE, values)))


def _save(
    tx: sa.Connection, source: RowSource, raws: Sequence[str], at: datetime, *, is_complete: bool
) -> None:
    """Extend the row of each entry that stands, add the others, and end those that a complete answer lacks.

    An entry is found again by its text: windows of unlocks overlap, so that it comes under several subjects.
    """
    values = {"player": source.player_id, "endpoint": source.endpoint}
    standing = {row.raw: row for row in tx.execute(STANDING, values).all()}
    new = []
    for raw in list(dict.fromkeys(raws))[:MAX_KEPT]:
        if raw in standing:
            extend_rejection(tx, standing[raw].id, at)
        else:
            row = rejection_values(None, source.player_id, None, Rejection(REASON, raw), at)
            new.append(row | {"endpoint": source.endpoint, "subject": source.subject})
    if new:
        tx.execute(rejections.insert(), new)
    ended = [row.id for raw, row in standing.items() if row.subject == source.subject and raw not in raws]
    if is_complete and ended:
        tx.execute(rejections.update().where(rejections.c.id.in_(ended)).values(ended_at=at))
