"""How we measure: floor and ours in turns, medians, and a table that says what was reached."""

import gc
import os
import platform
import sqlite3
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HEADERS = ("name", "floor", "ours", "unit", "ratio", "goal", "met")


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the table. Null `ratio`: the goal is for `ours` itself. Null `floor`, `goal`: none."""

    name: str
    floor: float | None
    ours: float
    unit: str
    goal: float | None = None
    ratio: float | None = None

    @property
    def met(self) -> bool | None:
        if self.goal is None:
            return None
        return (self.ours if self.ratio is None else self.ratio) <= self.goal

    def facts(self) -> dict[str, Any]:
        return {**asdict(self), "met": self.met}

    def cells(self) -> tuple[str, ...]:
        floor, ratio = shown(self.floor), shown(self.ratio)
        goal = "-" if self.goal is None else f"{self.goal:g}" + ("x" if self.ratio is not None else "")
        met = {None: "-", True: "yes", False: "NO"}[self.met]
        return self.name, floor, shown(self.ours), self.unit, ratio, goal, met


def shown(number: float | None) -> str:
    """Three digits are more than a busy machine can promise."""
    if number is None:
        return "-"
    return f"{number:.2f}" if number < 10 else f"{number:.1f}" if number < 100 else f"{number:.0f}"


def timed(work: Callable[[], object]) -> float:
    """Milliseconds of one call. The garbage of others is collected before, not within."""
    gc.collect()
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def median(work: Callable[[], object], times: int) -> float:
    """Milliseconds of the middle one of so many calls; one more before them is not counted."""
    work()
    return statistics.median(timed(work) for _ in range(times))


def compared(name: str, pairs: Sequence[tuple[float, float]], unit: str, goal: float) -> Result:
    """(floor, ours) of several turns: medians, and the median of each turn's own ratio."""
    floors, ours = zip(*pairs, strict=True)
    ratio = statistics.median(mine / floor for floor, mine in pairs)
    return Result(name, statistics.median(floors), statistics.median(ours), unit, goal, ratio)


def table(results: Sequence[Result]) -> str:
    rows = [HEADERS, *(result.cells() for result in results)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(aligned, HEADERS, row, widths)).rstrip() for row in rows)


def aligned(header: str, cell: str, width: int) -> str:
    return cell.ljust(width) if header in ("name", "unit") else cell.rjust(width)


def memory(name: str, process: str | int = "self") -> float:
    """MiB of VmRSS or VmHWM. Not ru_maxrss: a child begins with what its parent held before exec."""
    status = Path(f"/proc/{process}/status").read_text()
    (kib,) = (line.split()[1] for line in status.splitlines() if line.startswith(name + ":"))
    return int(kib) / 1024


def machine() -> dict[str, str]:
    """What the figures depend on; nothing that tells whose machine it is."""
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "cores": str(os.cpu_count()),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }
