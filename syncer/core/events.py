"""What happened, told to whoever listens."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from syncer.core.model.decision import Decision
from syncer.core.model.progress import GameId
from syncer.core.model.run import RunReport


@dataclass(frozen=True, slots=True)
class ResumedRun:
    """What a run that was cut short and began at `since` (UTC) has looked at: that is not asked again."""

    since: datetime
    targets: int


@dataclass(frozen=True, slots=True)
class RunStarted:
    player: str
    targets: int
    batches: int
    resumed: ResumedRun | None = None


@dataclass(frozen=True, slots=True)
class BatchRecorded:
    """One answer was judged and stored. `at`: UTC."""

    player: str
    at: datetime
    decisions: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class BatchFailed:
    """A batch was at fault; its targets miss once."""

    player: str
    game_ids: tuple[GameId, ...]
    message: str


@dataclass(frozen=True, slots=True)
class WarningRaised:
    """We cope, but somebody should look."""

    player: str
    what: str


@dataclass(frozen=True, slots=True)
class BackfillProgress:
    """So many of these are known by now: played games, unlocks."""

    player: str
    what: str
    count: int


@dataclass(frozen=True, slots=True)
class RequestCompleted:
    """One attempt over the wire came back. Null `status`: no answer. `attempt`: 1, 2 … of one question."""

    endpoint: str
    status: int | None
    seconds: float
    attempt: int


@dataclass(frozen=True, slots=True)
class RunEnded:
    """`seconds`: how long it took, waiting included."""

    report: RunReport
    seconds: float = 0.0


Event = (
    RunStarted | RequestCompleted | BatchRecorded | BatchFailed | BackfillProgress | WarningRaised | RunEnded
)
EventHandler = Callable[[Event], None]


def ignore_event(event: Event) -> None:
    """For whoever is asked by a person, who sees it anyway."""
