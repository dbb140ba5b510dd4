"""Time, CPU, memory, and the table of results: baseline and product are measured alternately."""

import gc
import os
import platform
import resource
import sqlite3
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

HEADERS = ("name", "baseline", "cpu", "product", "cpu", "unit", "ratio", "goal", "met")
WIDTHS = (62, 9, 9, 9, 9, 5, 6, 6, 3)
SHOWN_VERSIONS = ("sqlalchemy", "requests", "urllib3", "psycopg", "starlette")


class Clocked(float):
    """Milliseconds by the wall clock. `cpu`: of this process and its ended children in that time."""

    cpu: float | None = None

    @classmethod
    def of(cls, wall: float, cpu: float) -> "Clocked":
        made = cls(wall)
        made.cpu = cpu
        return made


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

    @property
    def cpu(self) -> tuple[float | None, float | None]:
        """The CPU of baseline and product, where they are times."""
        return getattr(self.baseline, "cpu", None), getattr(self.product, "cpu", None)

    def as_dict(self) -> dict[str, Any]:
        baseline, product = self.cpu
        return {**asdict(self), "baseline_cpu": baseline, "product_cpu": product, "met": self.met}

    def cells(self) -> tuple[str, ...]:
        baseline, ratio = format_number(self.baseline), format_number(self.ratio)
        goal = "-" if self.goal is None else f"{self.goal:g}" + ("x" if self.ratio is not None else "")
        met = {None: "-", True: "yes", False: "NO"}[self.met]
        cpu = [format_number(number) for number in self.cpu]
        return self.name, baseline, cpu[0], format_number(self.product), cpu[1], self.unit, ratio, goal, met


def format_number(number: float | None) -> str:
    """Return the number with about three digits: a busy machine reproduces no more."""
    if number is None:
        return "-"
    return f"{number:.2f}" if number < 10 else f"{number:.1f}" if number < 100 else f"{number:.0f}"


def timed(work: Callable[[], object]) -> Clocked:
    """Return the milliseconds of one call."""
    gc.collect()  # before, so that earlier garbage is not collected within the measured time
    return clocked(work)


def median(work: Callable[[], object], times: int) -> Clocked:
    """Return the median milliseconds of several calls, after one call to warm up.

    Garbage is collected once, before the calls: a collection between them walks the heap of the benchmark,
    and a query of 0.2 ms would then be measured with an empty cache of the processor.
    """
    gc.collect()
    gc.disable()
    try:
        work()
        return middle([clocked(work) for _ in range(times)])
    finally:
        gc.enable()


def middle(times: Sequence[float]) -> Clocked:
    """Return the median of times, and that of their CPU where it was measured."""
    made = Clocked(statistics.median(times))
    cpu = [one.cpu for one in times if isinstance(one, Clocked) and one.cpu is not None]
    made.cpu = statistics.median(cpu) if cpu else None
    return made


def clocked(work: Callable[[], object]) -> Clocked:
    started, used = time.perf_counter(), cpu_time()
    work()
    return Clocked.of((time.perf_counter() - started) * 1000, (cpu_time() - used) * 1000)


def cpu_time() -> float:
    """Return the seconds of CPU of this process and of its children that have ended."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def compared(name: str, pairs: Sequence[tuple[float, float]], unit: str, goal: float) -> Result:
    """Return the medians of pairs (baseline, product), and the median of their ratios."""
    baselines, products = zip(*pairs, strict=True)
    ratio = statistics.median(product / baseline for baseline, product in pairs)
    return Result(name, middle(baselines), middle(products), unit, goal, ratio)


def line(cells: Sequence[str]) -> str:
    """Return one line of the table, in columns that are known before the results are."""
    return "  ".join(map(aligned, HEADERS, cells, WIDTHS)).rstrip()


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
        "system": platform.system(),
        "sqlite": sqlite3.sqlite_version,
        **{name: version(name) for name in SHOWN_VERSIONS},
    }
