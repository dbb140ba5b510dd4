"""What happened, told to whoever listens."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from syncer.core.model.decision import Decision
from syncer.core.model.progress import GameId
from syncer.core.model.run import RunReport


@dataclass(frozen=True, slots=True)
class Resumed:
    """What a run that was cut short and began at `since` (UTC) has looked at: that is not asked again."""

    since: datetime
    targets: int


@dataclass(frozen=True, slots=True)
class RunStarted:
    player: str
    targets: int
    batches: int
    resumed: Resumed | None = None


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
    why: str


@dataclass(frozen=True, slots=True)
class Warned:
    """We cope, but somebody should look."""

    player: str
    what: str


@dataclass(frozen=True, slots=True)
class Learned:
    """So many of these are known by now: played games, unlocks."""

    player: str
    what: str
    count: int


@dataclass(frozen=True, slots=True)
class Asked:
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


Event = RunStarted | Asked | BatchRecorded | BatchFailed | Learned | Warned | RunEnded
Announce = Callable[[Event], None]


def to_nobody(event: Event) -> None:
    """For whoever is asked by a person, who sees it anyway."""
