"""Record the delivery of stored messages. For the pattern see syncer/core/notifications/model.py."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

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
    """Each method is one transaction and changes nothing when it is repeated."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def mark_delivered(self, message_id: int, at: datetime) -> None:
        """Record that the service accepted a message. One that is delivered or given up stays as it is."""
        delivered = {"delivered_at": at, "next_attempt_at": None, "error": None, "attempts": M.attempts + 1}
        with self._database.writing() as tx:
            tx.execute(messages.update().where(M.id == message_id, IS_WAITING).values(**delivered))

    def mark_failed(self, message_id: int, attempts: int, error: str, at: datetime) -> datetime | None:
        """Record that attempt number `attempts` failed; return when to retry, or None: it is given up."""
        retry_at = next_attempt_at(attempts, at)
        values = {"attempts": attempts, "error": error, "next_attempt_at": retry_at}
        with self._database.writing() as tx:
            waiting = messages.update().where(M.id == message_id, IS_WAITING)
            tx.execute(waiting.values(given_up_at=None if retry_at else at, **values))
        return retry_at

    def cancel_other_services(self, services: Collection[str], at: datetime) -> None:
        """Give up the messages for services that are no longer configured."""
        other = sa.and_(IS_WAITING, M.service.not_in(services))
        values = {"given_up_at": at, "next_attempt_at": None, "error": "the service is no longer configured"}
        with self._database.writing() as tx:
            tx.execute(messages.update().where(other).values(**values))

    def prune_messages(self, service: str, at: datetime) -> None:
        """Replace messages that are too old, or too many, by one digest; delete those past retention."""
        with self._database.writing() as tx:
            expired = _expired(tx, service, at)
            values = {"given_up_at": at, "next_attempt_at": None, "error": "too old, or too many"}
            tx.execute(messages.update().where(M.id.in_([row.id for row in expired])).values(**values))
            # A digest that expired itself is not counted in the next one.
            if counted := [row for row in expired if row.kind != MessageKind.MISSED]:
                dates = [row.created_at for row in counted]
                digest = expired_digest([MessageKind(row.kind) for row in counted], min(dates), max(dates))
                enqueue(tx, Recipients((service,), frozenset({MessageKind.MISSED})), None, [digest], at)
            tx.execute(messages.delete().where(M.next_attempt_at.is_(None), M.created_at < at - RETENTION))


def _expired(tx: sa.Connection, service: str, at: datetime) -> list[Any]:
    waiting = sa.select(M.id, M.kind, M.created_at).where(IS_WAITING, M.service == service)
    newest_first = tx.execute(waiting.order_by(M.id.desc())).all()
    # Half of a full queue goes at once, so that not every further message makes another digest.
    kept = MAX_QUEUED // 2 if len(newest_first) > MAX_QUEUED else MAX_QUEUED
    return [r for n, r in enumerate(newest_first) if n >= kept or r.created_at < at - EXPIRES_AFTER]
