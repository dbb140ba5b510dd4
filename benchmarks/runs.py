"""A whole run over 10,000 games: ours against a bare script, each in a process of its own."""

import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from syncer.core.clock import SystemClock
from syncer.core.ratelimit.budget import RequestBudget
from syncer.store.admin.upgrade import upgrade
from syncer.store.db.engine import Database
from syncer.store.db.tables import history
from syncer.store.request_budget import SqlBudgetStore

from . import child, site
from .measure import Result, compared

COUNT = 10_000
TURNS = 5
GOAL = 1.5
MODULES = ("benchmarks.bare", "benchmarks.ours")
Pair = tuple[child.Told, child.Told]


def measured(folder: Path) -> Iterator[Result]:
    with site.serving(COUNT) as base_url:
        turns = [turn(folder / str(number), base_url) for number in range(TURNS)]
    firsts, seconds = zip(*turns, strict=True)
    for what, pairs in (("first, all new", firsts), ("second, all the same", seconds)):
        yield line(f"run of 10,000 ({what})", pairs, lambda told: told.wall, "ms")
        yield line(f"run of 10,000 ({what}), own cpu", pairs, lambda told: told.cpu, "ms")
        yield line(f"run of 10,000 ({what}), peak memory", pairs, lambda told: told.peak, "MiB")
        yield line(f"run of 10,000 ({what}), memory above imports", pairs, above, "MiB")


def line(name: str, pairs: tuple[Pair, ...], what: Callable[[child.Told], float], unit: str) -> Result:
    return compared(name, [(what(floor), what(ours)) for floor, ours in pairs], unit, GOAL)


def above(told: child.Told) -> float:
    return told.peak - told.imported


def turn(folder: Path, base_url: str) -> tuple[Pair, Pair]:
    """Both sides, from the same empty database: a run over new games, then one over the same numbers."""
    asked = [prepared(folder / module, base_url) for module in MODULES]
    both = [tuple(run(one, module) for one, module in zip(asked, MODULES, strict=True)) for _ in range(2)]
    for floor, ours in both:
        assert floor.commits == ours.commits, f"commits differ: {floor.commits} and {ours.commits}"
    floors, mine = (rows(one.folder) for one in asked)
    assert floors == mine, "floor and ours wrote different rows"
    assert len(mine["snapshots"]) == len(mine["targets"]) == COUNT
    shutil.rmtree(folder)
    return (both[0][0], both[0][1]), (both[1][0], both[1][1])


def prepared(folder: Path, base_url: str) -> child.Asked:
    """Both files with their tables, and the key's budget."""
    folder.mkdir(parents=True)
    database, clock = Database(f"sqlite:///{folder / child.HISTORY}"), SystemClock()
    upgrade(database, clock.now())

    def touched(budget: RequestBudget, now: object) -> RequestBudget:
        return replace(budget, outage_failures=0)

    SqlBudgetStore(database, site.KEY, clock.now).apply(touched)
    database.close()
    return child.Asked(str(folder), base_url, site.PLAYER, site.KEY, COUNT)


def run(asked: child.Asked, module: str) -> child.Told:
    done = subprocess.run(asked.command(module), stdout=subprocess.PIPE, text=True, check=True)
    return child.heard(done.stdout)


def rows(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """All that was written but the moments, which are the wall clock's."""
    with closing(sqlite3.connect(folder / child.HISTORY)) as connection:
        found = {}
        for table in history.sorted_tables:
            names = [column.name for column in table.columns if not column.name.endswith("_at")]
            query = f"SELECT {', '.join(names)} FROM {table.name} ORDER BY 1, 2"  # noqa: S608
            found[table.name] = connection.execute(query).fetchall()
        return found
