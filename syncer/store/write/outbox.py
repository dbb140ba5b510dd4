"""What becomes of the messages on their way."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from syncer.core.notifications.model import (
    EXPIRES_AFTER,
    MAX_QUEUED,
    RETENTION,
    MessageKind,
    Recipients,
    next_attempt_at,
)
from syncer.core.notifications.rules import expired_digest
from syncer.store.db.engine import Database
from syncer.store.db.tables import IS_WAITING, messages

from .notifications import enqueue

M = messages.c


class OutboxWriter:
    """Each method is one transaction. All may be called twice."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def mark_delivered(self, letter_id: int, at: datetime) -> None:
        """The service has said so."""
        over = {"delivered_at": at, "next_attempt_at": None, "error": None, "attempts": M.attempts + 1}
        with self._database.writing() as tx:
            tx.execute(messages.update().where(M.id == letter_id, IS_WAITING).values(**over))

    def mark_failed(self, letter_id: int, attempts: int, why: str, at: datetime) -> datetime | None:
        """Attempt number `attempts` failed; when the next one is due, null: it is given up."""
        again = next_attempt_at(attempts, at)
        values = {"attempts": attempts, "error": why, "next_attempt_at": again}
        with self._database.writing() as tx:
            mine = messages.update().where(M.id == letter_id, IS_WAITING)
            tx.execute(mine.values(given_up_at=None if again else at, **values))
        return again

    def cancel_other_services(self, services: Collection[str], at: datetime) -> None:
        """What waits for a service that is configured no more is given up."""
        left = sa.and_(IS_WAITING, M.service.not_in(services))
        values = {"given_up_at": at, "next_attempt_at": None, "error": "the service is no longer configured"}
        with self._database.writing() as tx:
            tx.execute(messages.update().where(left).values(**values))

    def collapse_expired(self, service: str, at: datetime) -> None:
        """One message in place of those that are too old, or too many; what is long over is deleted."""
        with self._database.writing() as tx:
            waiting = sa.select(M.id, M.kind, M.created_at).where(IS_WAITING, M.service == service)
            rows = tx.execute(waiting.order_by(M.id.desc())).all()
            kept = MAX_QUEUED // 2 if len(rows) > MAX_QUEUED else MAX_QUEUED
            gone = [r for n, r in enumerate(rows) if n >= kept or r.created_at < at - EXPIRES_AFTER]
            ids = [row.id for row in gone]
            over = {"given_up_at": at, "next_attempt_at": None, "error": "too old, or too many"}
            tx.execute(messages.update().where(M.id.in_(ids)).values(**over))
            if told := [row for row in gone if row.kind != MessageKind.MISSED]:
                moments = [row.created_at for row in told]
                message = expired_digest([MessageKind(row.kind) for row in told], min(moments), max(moments))
                enqueue(tx, Recipients((service,), frozenset({MessageKind.MISSED})), None, [message], at)
            tx.execute(messages.delete().where(M.next_attempt_at.is_(None), M.created_at < at - RETENTION))
