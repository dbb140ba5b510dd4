"""Enqueue the messages by the calendar, each in the transaction that notes that it was considered."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

import sqlalchemy as sa

from syncer.core.formats.timestamps import start_of
from syncer.core.model.job import JobKind
from syncer.core.model.progress import EPOCH
from syncer.core.notifications.digests import (
    Considered,
    Due,
    find_due,
    record_messages,
    review_message,
    streak_message,
)
from syncer.core.notifications.model import BY_CHOICE, Message, MessageKind, Recipients
from syncer.core.review.period import Period, month_of
from syncer.store.db.engine import Database
from syncer.store.db.one_transaction import OneTransaction
from syncer.store.db.tables import players
from syncer.store.read.daily import DailyQueries
from syncer.store.read.jobs import read_job
from syncer.store.read.review import ReviewQueries
from syncer.store.read.streaks import StreakQueries

from .jobs import save_job
from .notifications import enqueue

JOBS = {
    MessageKind.STREAK: JobKind.STREAK_MESSAGE,
    MessageKind.RECORD: JobKind.RECORD_MESSAGE,
    MessageKind.REVIEW: JobKind.REVIEW_MESSAGE,
}


def enqueue_digests(
    tx: sa.Connection, database: Database, recipients: Recipients, player_id: int, at: datetime
) -> None:
    """Enqueue what is due by the calendar of a player whose run has just been closed."""
    wanted = [kind for kind in BY_CHOICE if recipients.wants(kind)]
    if not wanted or not recipients.services:
        return
    p = players.c
    query = sa.select(p.username, p.added_at, p.unlocks_synced_until).where(p.id == player_id)
    player = tx.execute(query).one()
    if player.unlocks_synced_until is None:  # nothing is known about a day, not even that it had none
        return
    considered = {kind.value: read_job(tx, player_id, JOBS[kind]).last_at for kind in wanted}
    span = player.added_at, player.unlocks_synced_until
    due = find_due(at, recipients.zone, recipients.streak_hour, Considered(**considered), *span)
    reader = DigestReader(OneTransaction(database, tx), recipients, player_id, player.username, at)
    for kind, messages in reader.compose(due):
        enqueue(tx, recipients, player_id, messages, at)
        save_job(tx, player_id, JOBS[kind], last_at=at)


class DigestReader:
    """Composes messages from what is stored of one player; `at`: now, in UTC."""

    def __init__(
        self, database: Database, recipients: Recipients, player_id: int, username: str, at: datetime
    ) -> None:
        self._database, self._zone, self._recipients = database, recipients.zone, recipients
        self._player_id, self._username, self._at = player_id, username, at

    def compose(self, due: Due) -> Iterator[tuple[MessageKind, list[Message]]]:
        """Yield each wanted kind that is due with its messages, of which there may be none."""
        wants = self._recipients.wants
        if due.streak and wants(MessageKind.STREAK):
            yield MessageKind.STREAK, self._streak()
        if (due.day or due.week) and wants(MessageKind.RECORD):
            yield MessageKind.RECORD, list(self._records(due))
        if due.month and wants(MessageKind.REVIEW):
            yield MessageKind.REVIEW, self._review(month_of(due.month))

    def _records(self, due: Due) -> Iterator[Message]:
        """Yield the messages about each period by itself: what is gone counts before it only."""
        days = [Due(day=day) for day in (due.missed, due.day) if day]
        for part in [*days, *([Due(week=due.week)] if due.week else [])]:
            if begin := part.day or part.week:
                yield from record_messages(self._username, self._points(begin), part)

    def _streak(self) -> list[Message]:
        streak = StreakQueries(self._database).current(self._player_id, self._zone, self._at)
        message = streak and streak_message(self._username, streak)
        today = start_of(self._at.astimezone(self._zone).date(), self._zone)
        # A gain whose unlocks could not be read yet.
        gains = DailyQueries(self._database).observed_gains(self._player_id, self._zone, today, self._at)
        return [message] if message and not gains else []

    def _points(self, considered: date) -> dict[date, int]:
        """Return the points of each day; before the considered ones with what is gone now.

        It was a record, too: a day after a reset is none because of it.
        """
        daily = DailyQueries(self._database)
        rows = daily.unlocks(self._player_id, self._zone, EPOCH, self._at)
        gone = daily.gone_points(self._player_id, self._zone, start_of(considered, self._zone))
        points = {date.fromisoformat(row["day"]): row["points"] or 0 for row in rows}
        return points | {day: points.get(day, 0) + more for day, more in gone.items()}

    def _review(self, month: Period) -> list[Message]:
        span = month.span(self._zone)
        sums = ReviewQueries(self._database).sums(self._player_id, self._zone, *span)
        # The games of the message are named in the order in which they were reached.
        message = review_message(self._username, month, replace(sums, reached=sums.reached[::-1]))
        return [message] if message else []
