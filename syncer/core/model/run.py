"""The outcome and the report of one run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .decision import Verdict


class RunOutcome(StrEnum):
    """How a run ended (`runs.outcome`)."""

    OK = "ok"
    PARTIAL = "partial"
    FAILED = "failed"
    DEFERRED = "deferred"
    INTERRUPTED = "interrupted"
    RUNNING = "running"


@dataclass(frozen=True, slots=True)
class RunMark:
    """How far a run has come: by it a process notices that another one has polled the player."""

    run_id: int
    recorded_batches: int


@dataclass(frozen=True, slots=True)
class RunReport:
    """How one run ended. `run_id` None: nothing was due, or the run could not be opened."""

    player: str
    outcome: RunOutcome
    exit_code: int
    run_id: int | None = None
    targets_asked: int = 0
    targets_seen: int = 0
    snapshots_added: int = 0
    requests: int = 0
    error: str = ""
    hint: str = ""
    verdicts: "Mapping[Verdict, int]" = field(default_factory=dict)
    cause: str = ""  # the name of the error's class
