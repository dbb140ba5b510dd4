"""Timing, memory, and the table of results: baseline and product are measured alternately."""

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

HEADERS = ("name", "baseline", "product", "unit", "ratio", "goal", "met")


@dataclass(frozen=True, slots=True)
class Result:
    """One row of the table. Without a ratio the goal applies to `product` itself."""

    name: str
    baseline: float | None
    product: float
    unit: str
    goal: float | None = None
    ratio: float | None = None

    @property
    def met(self) -> bool | None:
        if self.goal is None:
            return None
        return (self.product if self.ratio is None else self.ratio) <= self.goal

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "met": self.met}

    def cells(self) -> tuple[str, ...]:
        baseline, ratio = format_number(self.baseline), format_number(self.ratio)
        goal = "-" if self.goal is None else f"{self.goal:g}" + ("x" if self.ratio is not None else "")
        met = {None: "-", True: "yes", False: "NO"}[self.met]
        return self.name, baseline, format_number(self.product), self.unit, ratio, goal, met


def format_number(number: float | None) -> str:
    """Return the number with about three digits: a busy machine reproduces no more."""
    if number is None:
        return "-"
    return f"{number:.2f}" if number < 10 else f"{number:.1f}" if number < 100 else f"{number:.0f}"


def timed(work: Callable[[], object]) -> float:
    """Return the milliseconds of one call."""
    gc.collect()  # before, so that earlier garbage is not collected within the measured time
    return clocked(work)


def median(work: Callable[[], object], times: int) -> float:
    """Return the median milliseconds of several calls, after one call to warm up.

    Garbage is collected once, before the calls: a collection between them walks the heap of the benchmark,
    and a query of 0.2 ms would then be measured with an empty cache of the processor.
    """
    gc.collect()
    gc.disable()
    try:
        work()
        return statistics.median(clocked(work) for _ in range(times))
    finally:
        gc.enable()


def clocked(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def compared(name: str, pairs: Sequence[tuple[float, float]], unit: str, goal: float) -> Result:
    """Return the medians of pairs (baseline, product), and the median of their ratios."""
    baselines, products = zip(*pairs, strict=True)
    ratio = statistics.median(product / baseline for baseline, product in pairs)
    return Result(name, statistics.median(baselines), statistics.median(products), unit, goal, ratio)


def table(results: Sequence[Result]) -> str:
    """Return the results as aligned text."""
    rows = [HEADERS, *(result.cells() for result in results)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(aligned, HEADERS, row, widths)).rstrip() for row in rows)


def aligned(header: str, cell: str, width: int) -> str:
    return cell.ljust(width) if header in ("name", "unit") else cell.rjust(width)


def memory(name: str, process: str | int = "self") -> float:
    """Return VmRSS or VmHWM of a process in MiB."""
    # Not ru_maxrss: a child starts with the value that its parent had before exec.
    status = Path(f"/proc/{process}/status").read_text()
    (kib,) = (line.split()[1] for line in status.splitlines() if line.startswith(name + ":"))
    return int(kib) / 1024


def machine() -> dict[str, str]:
    """Return what the figures depend on, and nothing that identifies the machine."""
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "cores": str(os.cpu_count()),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }
