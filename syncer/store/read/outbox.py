"""Questions about the messages to people: for those who carry them, and for doctor."""

from datetime import datetime

import sqlalchemy as sa

from syncer.core.notifications.model import (
    EXPIRES_AFTER,
    MAX_QUEUED,
    MAX_RETRY_WAIT,
    RETENTION,
    MessageKind,
    OutboxMessage,
)
from syncer.store.db.tables import IS_WAITING, messages

from .base import Reader, Row

M = messages.c


class OutboxQueries(Reader):
    """All times are UTC."""

    def next_message(self, service: str, now: datetime) -> OutboxMessage | None:
        """The oldest that is due; one that would wait too long was postponed by a wrong clock."""
        columns = (M.id, M.kind, M.text, M.created_at, M.attempts)
        due = sa.or_(M.next_attempt_at <= now, M.next_attempt_at > now + MAX_RETRY_WAIT)
        query = sa.select(*columns).where(IS_WAITING, M.service == service, due)
        with self._database.reading() as tx:
            row = tx.execute(query.order_by(M.id).limit(1)).first()
        return (
            OutboxMessage(row.id, MessageKind(row.kind), row.text, row.created_at, row.attempts)
            if row
            else None
        )

    def has_expired(self, service: str, now: datetime) -> bool:
        """Whether there are too old messages, or too many."""
        mine = sa.and_(IS_WAITING, M.service == service)
        counts = sa.select(sa.func.count(), sa.func.min(M.created_at)).where(mine)
        over = sa.select(M.id).where(M.next_attempt_at.is_(None), M.created_at < now - RETENTION).limit(1)
        with self._database.reading() as tx:
            count, oldest = tx.execute(counts).one()
            return (
                count > MAX_QUEUED
                or (count and oldest < now - EXPIRES_AFTER)
                or bool(tx.execute(over).first())
            )

    def messages(self, most: int) -> list[Row]:
        """The newest first."""
        return self._rows(sa.select(messages).order_by(M.id.desc()).limit(most))

    def undelivered(self, since: datetime, waiting_since: datetime) -> list[Row]:
        """By service: how many were given up since then, how many wait for so long, and the newest fault."""
        given_up = sa.and_(M.given_up_at >= since)
        waits = sa.and_(IS_WAITING, M.created_at <= waiting_since)
        query = sa.select(M.service, sa.func.max(M.error).label("error"))
        query = query.add_columns(sa.func.count().filter(given_up).label("given_up"))
        query = query.add_columns(sa.func.count().filter(waits).label("waiting"))
        return self._rows(query.where(sa.or_(given_up, waits)).group_by(M.service).order_by(M.service))
