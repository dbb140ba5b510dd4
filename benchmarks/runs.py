"""A whole run over 10,000 games: the product and a baseline script, each in a separate process."""

import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from syncer.core.clock import SystemClock
from syncer.core.ratelimit.budget import RequestBudget
from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db.engine import Database
from syncer.store.db.tables import history
from syncer.store.request_budget import SqlBudgetStore

from . import child, site
from .measure import Result, compared

COUNT = 10_000
TURNS = 5
GOAL = 1.5
MODULES = ("benchmarks.baseline_script", "benchmarks.product")
Pair = tuple[child.Measurement, child.Measurement]


def benchmark(folder: Path) -> Iterator[Result]:
    with site.serving(COUNT) as base_url:
        pairs = [measure_runs(folder / str(number), base_url) for number in range(TURNS)]
    firsts, seconds = zip(*pairs, strict=True)
    for what, sides in (("first, all new", firsts), ("second, all the same", seconds)):
        yield line(f"run of 10,000 ({what})", sides, lambda measurement: measurement.wall, "ms")
        yield line(f"run of 10,000 ({what}), own cpu", sides, lambda measurement: measurement.cpu, "ms")
        yield line(f"run of 10,000 ({what}), peak memory", sides, lambda measurement: measurement.peak, "MiB")
        yield line(f"run of 10,000 ({what}), memory above imports", sides, above, "MiB")


def line(
    name: str, pairs: tuple[Pair, ...], value: Callable[[child.Measurement], float], unit: str
) -> Result:
    return compared(name, [(value(baseline), value(product)) for baseline, product in pairs], unit, GOAL)


def above(measurement: child.Measurement) -> float:
    return measurement.peak - measurement.imported


def measure_runs(folder: Path, base_url: str) -> tuple[Pair, Pair]:
    """Measure both sides from the same empty database: a run over new games, then one without changes."""
    sides = [prepare(folder / module, base_url) for module in MODULES]
    both = [tuple(run(side, module) for side, module in zip(sides, MODULES, strict=True)) for _ in range(2)]
    for baseline, product in both:
        assert baseline.commits == product.commits, f"commits: {baseline.commits} and {product.commits}"
    expected, written = (rows(side.folder) for side in sides)
    assert written == expected, "baseline and product wrote different rows"
    assert len(written["snapshots"]) == len(written["targets"]) == COUNT
    shutil.rmtree(folder)
    return (both[0][0], both[0][1]), (both[1][0], both[1][1])


def prepare(folder: Path, base_url: str) -> child.RunParameters:
    """Create both databases with their tables, and the budget of the key."""
    folder.mkdir(parents=True)
    database, clock = Database(f"sqlite:///{folder / child.HISTORY}"), SystemClock()
    upgrade_schema(database, clock.now())

    def create(budget: RequestBudget, now: object) -> RequestBudget:
        return replace(budget, outage_failures=0)

    SqlBudgetStore(database, site.KEY, clock.now).apply(create)
    database.close()
    return child.RunParameters(str(folder), base_url, site.PLAYER, site.KEY, COUNT)


def run(parameters: child.RunParameters, module: str) -> child.Measurement:
    process = subprocess.run(parameters.command(module), stdout=subprocess.PIPE, text=True, check=True)
    return child.parse_measurement(process.stdout)


def rows(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return all that was written, except the moments, which depend on the wall clock."""
    with closing(sqlite3.connect(folder / child.HISTORY)) as connection:
        found = {}
        for table in history.sorted_tables:
            names = [column.name for column in table.columns if not column.name.endswith("_at")]
            query = f"SELECT {', '.join(names)} FROM {table.name} ORDER BY 1, 2"  # noqa: S608
            found[table.name] = connection.execute(query).fetchall()
        return found
