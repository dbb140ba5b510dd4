"""Notifications: their kinds, their recipients, and how long delivery is retried. Pure.

Messages reach people through a transactional outbox: a message is a row, inserted in the transaction that
stores what it reports, and delivered afterwards by a worker (syncer/run/notifier.py). So no message is lost
when a process is killed, and none reports what was rolled back. Delivery is at least once: a worker that is
killed between the service's answer and the update of the row delivers the message a second time.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum

from syncer.core.model.progress import GameId

FIRST_RETRY_WAIT, MAX_RETRY_WAIT = timedelta(minutes=1), timedelta(hours=1)
MAX_ATTEMPTS = 30  # the waits between them add up to a day
EXPIRES_AFTER = timedelta(days=7)  # older messages are counted in one digest
MAX_QUEUED = 500  # messages for one service; beyond, the oldest are counted in one digest
RETENTION = timedelta(days=90)


class MessageKind(StrEnum):
    """The event that a message reports."""

    MASTERED = "mastered"
    COMPLETED = "completed"  # all achievements, some of them in softcore
    BEATEN = "beaten"
    UNLOCKS = "unlocks"
    REVISED = "revised"
    FAILING = "failing"
    RECOVERED = "recovered"
    STREAK = "streak"  # it ends tonight
    RECORD = "record"  # the best day or week so far
    REVIEW = "review"  # of a month
    MISSED = "missed"  # the digest of messages that were not delivered


SELECTABLE_KINDS = tuple(kind for kind in MessageKind if kind is not MessageKind.MISSED)
BY_CHOICE = (MessageKind.STREAK, MessageKind.RECORD, MessageKind.REVIEW)
DEFAULT_KINDS = tuple(kind for kind in SELECTABLE_KINDS if kind not in BY_CHOICE)
DEFAULT_STREAK_HOUR = 20


@dataclass(frozen=True, slots=True)
class Message:
    """A message before it is stored. `game_id` is None if it is about no game or about several."""

    kind: MessageKind
    text: str
    game_id: GameId | None = None


@dataclass(frozen=True, slots=True)
class Recipients:
    """The services that receive messages, and the kinds that are sent to them.

    Without a service no message is composed. `zone`: where they live; at `streak_hour` of a day they learn
    that a streak ends.
    """

    services: tuple[str, ...] = ()
    wanted: frozenset[MessageKind] = frozenset()
    zone: tzinfo = UTC
    streak_hour: int = DEFAULT_STREAK_HOUR

    def wants(self, kind: MessageKind) -> bool:
        """Return whether messages of this kind are sent."""
        return kind in self.wanted


NO_RECIPIENTS = Recipients()


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """A stored message for one service. `attempts` counts failed deliveries."""

    id: int
    kind: MessageKind
    text: str
    created_at: datetime
    attempts: int


def next_attempt_at(failed: int, at: datetime) -> datetime | None:
    """Return when to retry after `failed` attempts, the last one at `at`; None: the message is given up.

    Exponential backoff with a cap: 1, 2, 4 … minutes, then an hour each. It needs no jitter: a service gets
    its messages one at a time, from one thread.
    """
    if failed >= MAX_ATTEMPTS:
        return None
    return at + min(FIRST_RETRY_WAIT * (1 << min(failed - 1, 16)), MAX_RETRY_WAIT)
