"""Messages to people: the values, and for how long one is tried. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from syncer.core.model.progress import GameId

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
MOST_ATTEMPTS = 30  # the waits between them come to a day
STALE = timedelta(days=7)  # older ones are no news: they are counted in one message
MOST_WAITING = 500  # for one service; beyond, the oldest are counted in one message
FINISHED_KEPT = timedelta(days=90)


class Kind(StrEnum):
    """What a message tells of."""

    MASTERED = "mastered"
    COMPLETED = "completed"  # as mastered, but casually; wanted by the same word
    BEATEN = "beaten"
    UNLOCKS = "unlocks"
    REVISED = "revised"
    FAILING = "failing"
    RECOVERED = "recovered"
    MISSED = "missed"  # how many others were not delivered


WANTABLE = tuple(kind for kind in Kind if kind not in (Kind.COMPLETED, Kind.MISSED))


@dataclass(frozen=True, slots=True)
class Message:
    """Null `game_id`: of no game, or of several."""

    kind: Kind
    text: str
    game_id: GameId | None = None


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom to tell, and of what. Nobody: then nothing is worked out."""

    services: tuple[str, ...] = ()
    wanted: frozenset[Kind] = frozenset()

    def wants(self, message: Message) -> bool:
        return (Kind.MASTERED if message.kind is Kind.COMPLETED else message.kind) in self.wanted


NOBODY = Audience()


@dataclass(frozen=True, slots=True)
class Letter:
    """A message on its way to one service. `attempts`: those that failed."""

    id: int
    kind: Kind
    text: str
    created_at: datetime
    attempts: int


def next_try(failed: int, at: datetime) -> datetime | None:
    """When to try again after so many failures, the last one now; null: it was tried for a day."""
    if failed >= MOST_ATTEMPTS:
        return None
    return at + min(FIRST_WAIT * (1 << min(failed - 1, 16)), LONGEST_WAIT)
