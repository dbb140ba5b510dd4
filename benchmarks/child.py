"""Both sides of a measured run: the parameters that they get, and the measurement that they print."""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from .measure import memory

HISTORY, BUDGET = "syncer.db", "syncer.db-budget"
BATCH = 100


@dataclass(frozen=True, slots=True)
class RunParameters:
    """One run in a folder that holds both databases. Passed on the command line as JSON."""

    place: str
    base_url: str
    player: str
    key: str
    count: int

    @property
    def folder(self) -> Path:
        return Path(self.place)

    @property
    def games(self) -> tuple[int, ...]:
        return tuple(range(3, 3 * self.count + 3, 3))

    def command(self, module: str) -> list[str]:
        return [sys.executable, "-m", module, json.dumps(asdict(self))]

    @classmethod
    def from_command_line(cls) -> "RunParameters":
        return cls(**json.loads(sys.argv[1]))


@dataclass(frozen=True, slots=True)
class Measurement:
    """One run, imports excluded.

    Wall clock and processor time in ms; memory at its peak and at the start in MiB; the commits that wrote
    something, to the history and to the budget.
    """

    wall: float
    cpu: float
    peak: float
    imported: float
    commits: tuple[int, int]


def print_measurement(run: Callable[[], object], commits: Callable[[], list[int]]) -> None:
    """Run, and print the measurement for the parent process."""
    imported, wall, cpu = memory("VmRSS"), time.perf_counter(), time.process_time()
    run()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(json.dumps([wall * 1000, cpu * 1000, memory("VmHWM"), imported, commits()]))


def parse_measurement(line: str) -> Measurement:
    """Return the measurement that a child has printed."""
    wall, cpu, peak, imported, commits = json.loads(line)
    return Measurement(wall, cpu, peak, imported, tuple(commits))
