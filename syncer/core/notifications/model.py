"""Messages to people: the values, and for how long one is tried. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from syncer.core.model.progress import GameId

FIRST_RETRY_WAIT, MAX_RETRY_WAIT = timedelta(minutes=1), timedelta(hours=1)
MAX_ATTEMPTS = 30  # the waits between them come to a day
EXPIRES_AFTER = timedelta(days=7)  # older ones are no news: they are counted in one message
MAX_QUEUED = 500  # for one service; beyond, the oldest are counted in one message
RETENTION = timedelta(days=90)


class MessageKind(StrEnum):
    """What a message tells of."""

    MASTERED = "mastered"
    COMPLETED = "completed"  # as mastered, but casually; wanted by the same word
    BEATEN = "beaten"
    UNLOCKS = "unlocks"
    REVISED = "revised"
    FAILING = "failing"
    RECOVERED = "recovered"
    MISSED = "missed"  # how many others were not delivered


SELECTABLE_KINDS = tuple(
    kind for kind in MessageKind if kind not in (MessageKind.COMPLETED, MessageKind.MISSED)
)


@dataclass(frozen=True, slots=True)
class Message:
    """Null `game_id`: of no game, or of several."""

    kind: MessageKind
    text: str
    game_id: GameId | None = None


@dataclass(frozen=True, slots=True)
class Recipients:
    """Whom to tell, and of what. Nobody: then nothing is worked out."""

    services: tuple[str, ...] = ()
    wanted: frozenset[MessageKind] = frozenset()

    def wants(self, message: Message) -> bool:
        return (
            MessageKind.MASTERED if message.kind is MessageKind.COMPLETED else message.kind
        ) in self.wanted


NO_RECIPIENTS = Recipients()


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """A message on its way to one service. `attempts`: those that failed."""

    id: int
    kind: MessageKind
    text: str
    created_at: datetime
    attempts: int


def next_attempt_at(failed: int, at: datetime) -> datetime | None:
    """When to try again after so many failures, the last one now; null: it was tried for a day."""
    if failed >= MAX_ATTEMPTS:
        return None
    return at + min(FIRST_RETRY_WAIT * (1 << min(failed - 1, 16)), MAX_RETRY_WAIT)
