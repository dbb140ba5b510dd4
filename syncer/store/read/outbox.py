"""Messages of the outbox, for the delivery workers and doctor."""

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


class OutboxQueries(Reader):
    """Outbox messages of all services; times are UTC."""

    def next_message(self, service: str, now: datetime) -> OutboxMessage | None:
        """Return the oldest message that is due.

        A message whose next attempt is further away than MAX_RETRY_WAIT was postponed by a wrong clock: it is
        due, too.
        """
        columns = (
            messages.c.id,
            messages.c.kind,
            messages.c.text,
            messages.c.created_at,
            messages.c.attempts,
        )
        due = sa.or_(messages.c.next_attempt_at <= now, messages.c.next_attempt_at > now + MAX_RETRY_WAIT)
        query = sa.select(*columns).where(IS_WAITING, messages.c.service == service, due)
        with self._database.reading() as tx:
            # By id, which is the order in which they were written; the clock may have been set back since.
            row = tx.execute(query.order_by(messages.c.id).limit(1)).first()
        return (
            OutboxMessage(row.id, MessageKind(row.kind), row.text, row.created_at, row.attempts)
            if row
            else None
        )

    def has_expired(self, service: str, now: datetime) -> bool:
        """Return whether the service has messages that are too old, or too many."""
        mine = sa.and_(IS_WAITING, messages.c.service == service)
        counts = sa.select(sa.func.count(), sa.func.min(messages.c.created_at)).where(mine)
        over = (
            sa.select(messages.c.id)
            .where(messages.c.next_attempt_at.is_(None), messages.c.created_at < now - RETENTION)
            .limit(1)
        )
        with self._database.reading() as tx:
            count, oldest = tx.execute(counts).one()
            return (
                count > MAX_QUEUED
                or (count and oldest < now - EXPIRES_AFTER)
                or bool(tx.execute(over).first())
            )

    def messages(self, limit: int) -> list[Row]:
        """Return the newest messages of all services, newest first."""
        return self._rows(sa.select(messages).order_by(messages.c.id.desc()).limit(limit))

    def undelivered(self, since: datetime, waiting_since: datetime) -> list[Row]:
        """Return by service how many messages were given up, how many wait since then, and the last error."""
        given_up = sa.and_(messages.c.given_up_at >= since)
        waits = sa.and_(IS_WAITING, messages.c.created_at <= waiting_since)
        query = sa.select(messages.c.service, sa.func.max(messages.c.error).label("error"))
        query = query.add_columns(sa.func.count().filter(given_up).label("given_up"))
        query = query.add_columns(sa.func.count().filter(waits).label("waiting"))
        return self._rows(
            query.where(sa.or_(given_up, waits)).group_by(messages.c.service).order_by(messages.c.service)
        )
