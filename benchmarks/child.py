"""What the two sides of a run have in common: what they are asked, and what they tell."""

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
class Asked:
    """One run in a folder with both databases. On the command line as JSON."""

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
    def read(cls) -> "Asked":
        return cls(**json.loads(sys.argv[1]))


@dataclass(frozen=True, slots=True)
class Told:
    """Of one run, imports excluded: ms by the wall, ms of our own processor time, MiB at most and at its
    start, and commits that wrote, to the history and to the budget."""

    wall: float
    cpu: float
    peak: float
    imported: float
    commits: tuple[int, int]


def tell(run: Callable[[], object], commits: Callable[[], list[int]]) -> None:
    imported, wall, cpu = memory("VmRSS"), time.perf_counter(), time.process_time()
    run()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(json.dumps([wall * 1000, cpu * 1000, memory("VmHWM"), imported, commits()]))


def heard(line: str) -> Told:
    wall, cpu, peak, imported, commits = json.loads(line)
    return Told(wall, cpu, peak, imported, tuple(commits))
