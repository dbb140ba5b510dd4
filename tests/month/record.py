"""What really happened in the month: the truth that the database is compared with."""

from dataclasses import dataclass, field
from datetime import datetime

from syncer.core.model.progress import GameId

Numbers = tuple[int, ...]  # the six of one game
# Kinds of change. None: the numbers are provisional, and nothing is promised of them.
UNLOCK, OFFLINE, MANUAL, MANUAL_ZERO = "unlock in play", "offline unlock", "manual unlock", "manual, 0 points"
RESET, REWEIGHT, DEMOTION, REVISION = "reset", "reweight", "demotion", "revision"
NEW_GAME = "new game"
# No sum shows these: they move counts only.
RESET_ZERO, DEMOTION_ZERO = "reset, 0 points", "demotion, 0 points"


@dataclass(frozen=True, slots=True)
class State:
    """The numbers that the site shows of a game from `at` on, until the next state."""

    at: datetime
    numbers: Numbers
    kind: str | None


@dataclass(slots=True)
class Session:
    """A game was played: from the first ping to the last, or to the last unlock."""

    game_id: GameId
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Check:
    """The account's sums as the site sent them. `is_late`: they lagged the rows."""

    at: datetime
    hardcore: int
    softcore: int
    is_late: bool


@dataclass
class Record:
    states: dict[GameId, list[State]] = field(default_factory=dict)
    sessions: list[Session] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)

    def add(self, game_id: GameId, state: State) -> None:
        self.states.setdefault(game_id, []).append(state)
