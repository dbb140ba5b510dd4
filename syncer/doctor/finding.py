"""What a check says, and what it may look at."""

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from syncer.app import App
from syncer.config import PlayerEntry
from syncer.core.errors import ApiError, SyncerError
from syncer.core.model import Player, Profile
from syncer.store import schema


class Status(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """`hint` can be typed or done. `code`: the exit code where this is the first failure."""

    status: Status
    what: str
    hint: str = ""
    code: int = 0


def ok(what: str) -> Finding:
    return Finding(Status.OK, what)


def warn(what: str, hint: str) -> Finding:
    return Finding(Status.WARN, what, hint)


def fail(what: str, hint: str, code: int) -> Finding:
    return Finding(Status.FAIL, what, hint, code)


def failed(error: SyncerError) -> Finding:
    problems = "; ".join(getattr(error, "problems", ()))
    what = f"{error.why}: {problems}" if problems else error.why
    return fail(what, error.hint or "Try again later: syncer doctor", error.exit_code)


@dataclass
class Patient:
    """The app that is examined. `offline`: nothing may be sent."""

    app: App
    offline: bool = False
    clocks_apart: float | None = field(default=None, init=False)  # seconds, site minus ours; None: not asked
    profiles: dict[PlayerEntry, Profile | ApiError] = field(default_factory=dict, init=False)

    @cached_property
    def is_readable(self) -> bool:
        """Whether there is a history of our schema; what is wrong with it is told by a check of its own."""
        try:
            return schema.current(self.app.database) == schema.head()
        except SyncerError:
            return False

    @cached_property
    def players(self) -> list[Player]:
        """The configured ones that are bound already."""
        if not self.is_readable:
            return []
        entries = self.app.config.players
        found = (self.app.recorder.find_player(e.username, e.ulid) for e in entries)
        return [player for player in found if player]
