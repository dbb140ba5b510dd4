"""The state of a cluster: who waits for a worker, who executes runs, and what needs attention."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from syncer.core.formats.text import format_duration, name_some, pluralize

MAX_NAMED = 5  # players in a sentence
LATE_AFTER = 300.0  # seconds that a player who is due may wait for a worker
SILENT_AFTER = 30.0  # seconds: a worker that is alive is heard of about every 10
EACH_RUN_KILLED = "each run killed its process"


class SetAside(NamedTuple):
    """A player whose runs have killed their process again and again. `player`: the configured name."""

    player: str
    since: datetime


class ClusterProblem(NamedTuple):
    """What needs attention, and what to type. `is_severe`: players are not polled."""

    what: str
    hint: str
    is_severe: bool = True


@dataclass(frozen=True, slots=True)
class ClusterReport:
    """The state at one moment. All times are UTC, by the database's clock.

    `jobs`: how many there are, by state (waiting, running). `due`: players who are due and whose run has not
    begun; `oldest_due_seconds`: for how long one of them is due, at most; None: none is. `workers`: those
    that were heard of recently; `silent_workers`: those of them that were not for SILENT_AFTER, so that they
    are probably dead. `has_planner`: a process plans.
    """

    at: datetime
    jobs: Mapping[str, int] = field(default_factory=dict)
    due: int = 0
    oldest_due_seconds: float | None = None
    workers: int = 0
    has_planner: bool = True
    set_aside: Sequence[SetAside] = ()
    silent_workers: int = 0

    @property
    def due_text(self) -> str:
        """How many players wait for a worker, and for how long."""
        if self.oldest_due_seconds is None:
            return "no player"
        age = format_duration(self.oldest_due_seconds)
        return f"{pluralize(self.due, 'player')} due, {'one ' if self.due > 1 else ''}for {age}"

    @property
    def silent_text(self) -> str:
        """How many workers are probably dead; empty: none."""
        if not self.silent_workers:
            return ""
        return f"{self.silent_workers:,} of them silent for over {format_duration(SILENT_AFTER)}"

    def problems(self) -> Iterator[ClusterProblem]:
        """Yield what needs attention, the worst first."""
        if not self.has_planner:
            yield ClusterProblem("the planner is not running", "Start it: syncer run")
        if not self.workers:
            waiting = f", and {pluralize(self.due, 'player')} due" if self.due else ""
            yield ClusterProblem(f"no worker is alive{waiting}", "Start one: syncer worker")
        elif self.has_planner and (self.oldest_due_seconds or 0) > LATE_AFTER:
            yield ClusterProblem(self.due_text, "Start more workers: syncer worker", is_severe=False)
        if self.set_aside:
            names = [entry.player for entry in self.set_aside]
            one = names[0] if len(names) == 1 else "NAME"
            yield ClusterProblem(set_aside_text(names), f"Try again: syncer sync --player {one}")


def set_aside_text(players: Sequence[str]) -> str:
    """Return a sentence about players who were set aside."""
    is_or_are = "is" if len(players) == 1 else "are"
    return f"{name_some(players, MAX_NAMED)} {is_or_are} not polled any more: {EACH_RUN_KILLED}"
