"""Events of a run, for logs, metrics and progress bars."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from syncer.core.model.decision import BatchDecision
from syncer.core.model.progress import GameId
from syncer.core.model.run import RunReport


@dataclass(frozen=True, slots=True)
class ResumedRun:
    """The interrupted run that this one resumes. `since`: when it began (UTC); `targets`: what it polled."""

    since: datetime
    targets: int


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run begins to poll."""

    player: str
    targets: int
    batches: int
    resumed: ResumedRun | None = None


@dataclass(frozen=True, slots=True)
class BatchRecorded:
    """A response was validated and stored. `at`: UTC."""

    player: str
    at: datetime
    decision: BatchDecision


@dataclass(frozen=True, slots=True)
class BatchFailed:
    """A batch failed although the site answers; it is bisected, or its targets get a failure."""

    player: str
    game_ids: tuple[GameId, ...]
    message: str


@dataclass(frozen=True, slots=True)
class WarningRaised:
    """The run goes on, but a person should know."""

    player: str
    what: str


@dataclass(frozen=True, slots=True)
class RowsRejected:
    """Rows of a list could not be read; the others are stored. A warning is raised beside it."""

    player: str
    endpoint: str
    count: int


@dataclass(frozen=True, slots=True)
class BackfillProgress:
    """How many items are read so far. `what`: played games, unlocks. `total`: of the list; None: unknown."""

    player: str
    what: str
    count: int
    total: int | None = None


@dataclass(frozen=True, slots=True)
class RequestCompleted:
    """One attempt ended. `status` None: no answer. `attempt`: 1, 2 … of one request."""

    endpoint: str
    status: int | None
    seconds: float
    attempt: int


@dataclass(frozen=True, slots=True)
class RunEnded:
    """A run is closed. `seconds`: how long it took, with waits."""

    report: RunReport
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class PlannerAlive:
    """The planner of a cluster goes on; announced each half minute, as other processes execute the runs."""


Event = (
    RunStarted
    | RequestCompleted
    | BatchRecorded
    | BatchFailed
    | BackfillProgress
    | RowsRejected
    | WarningRaised
    | RunEnded
    | PlannerAlive
)
EventHandler = Callable[[Event], None]


def ignore_event(event: Event) -> None:
    """Do nothing: the handler of a command that prints its result itself."""
