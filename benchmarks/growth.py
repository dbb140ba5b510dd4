"""Five years of a player with 500 games: sums by day, and the memory of commands that print all changes."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from syncer.core.model.progress import EPOCH
from syncer.store.db.engine import Database
from syncer.store.read.queries import Queries
from syncer.web.api.chart_series import player_series
from tests.postgres import Server

from .measure import Result, median
from .sql_recipes import HISTORY, ZONE, write_years
from .year import START

TIMES = 9
GOALS = {"SQLite": 100.0, "PostgreSQL": 150.0}  # milliseconds
MEMORY_GOAL = 20.0  # MiB, more for all changes than for those of a week
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FIRST_WEEK = ("--until", f"{START + 7 * DAY:%Y-%m-%d}")
COMMANDS = {"text": (), "JSON": ("--json",)}
CHILD = """
import sys
from benchmarks.measure import memory
from syncer.cli.main import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    print(memory("VmHWM"), file=sys.stderr)
    sys.exit(end.code)
"""


def benchmark(folder: Path) -> Iterator[Result]:
    url = f"sqlite:///{folder / 'years.db'}"
    with closing(write_years(url, HISTORY)) as database:
        yield from time_sums("SQLite", database)
    yield from memory_of_changes(folder, "SQLite", url)
    with closing(Server()) as server:
        url = server.create_database()
        with closing(write_years(url, HISTORY)) as database:
            yield from time_sums("PostgreSQL", database)
        yield from memory_of_changes(folder, "PostgreSQL", url)


def time_sums(where: str, database: Database) -> Iterator[Result]:
    """Yield the time of each sum, and the processor time: other processes do not lengthen it."""
    for name, work in sums(database).items():
        assert work(), f"{name} returns no rows"
        yield Result(f"{name}, {where}", None, median(work, TIMES), "ms", GOALS[where])
        begun = cpu_time(database)
        for _ in range(TIMES):
            work()
        mean = (cpu_time(database) - begun) * 1000 / TIMES
        yield Result(f"{name}, {where}, CPU", None, mean, "ms", GOALS[where])


def cpu_time(database: Database) -> float:
    """Return the seconds of processor time of this process and, on PostgreSQL, of its server process."""
    if database.path:
        return time.process_time()
    with database.reading() as tx:
        (server,) = tx.execute(sa.text("SELECT pg_backend_pid()")).one()
    # After the name, which may hold blanks: utime and stime are the fields 14 and 15.
    fields = Path(f"/proc/{server}/stat").read_text().rpartition(")")[2].split()
    return time.process_time() + sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def sums(database: Database) -> dict[str, Callable[[], object]]:
    """Return the questions by name, as pages and documents ask them."""
    queries, zone, end = Queries(database), ZoneInfo(ZONE), HISTORY.end
    daily, year = queries.daily, (end - 365 * DAY, end)
    return {
        "points per day, a year": lambda: daily.point_changes(1, zone, *year),
        "points per day, five years": lambda: daily.point_changes(1, zone, EPOCH, end),
        "gains per day, a year": lambda: daily.observed_gains(1, zone, *year),
        "unlocks per day, a year": lambda: daily.unlocks(1, zone, *year),
        "curve of points, a year": lambda: player_series(queries, 1, zone, *year, end, HOUR).points,
        "curve of points, five years": lambda: player_series(queries, 1, zone, EPOCH, end, end, HOUR).points,
        "daily_progress, a year": lambda: daily_progress(database, *year),
    }


def daily_progress(database: Database, since: datetime, until: datetime) -> object:
    query = "SELECT * FROM daily_progress WHERE player_id = 1 AND day >= :since AND day < :until ORDER BY day"
    days = {"since": since.date(), "until": until.date()}
    values = {name: f"{day}" if database.path else day for name, day in days.items()}
    with database.reading() as tx:
        return tx.execute(sa.text(query), values).all()


def memory_of_changes(folder: Path, where: str, url: str) -> Iterator[Result]:
    """Yield the peak memory of a real process that prints every change, and of one that prints a week."""
    for form, arguments in COMMANDS.items():
        week, everything = (peak_of(folder, url, *until, *arguments) for until in (FIRST_WEEK, ()))
        name = f"changes as {form}, all against a week, {where}"
        yield Result(name, week, everything, "MiB", week + MEMORY_GOAL)


def peak_of(folder: Path, url: str, *arguments: str) -> float:
    settings = {"DATABASE__URL": url, "API__USERNAME": "Tester", "API__KEY": "k" * 32}
    settings |= {"PLAYERS__0__USERNAME": "Tester", "PLAYERS__0__GAMES": "60"}
    env = {f"SYNCER_{name}": value for name, value in settings.items()}
    env |= {"HOME": str(folder), "PYTHONPATH": os.getcwd()}
    command = [sys.executable, "-c", CHILD, "changes", "--since", f"{START:%Y-%m-%d}", *arguments]
    done = subprocess.run(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True)
    return float(done.stderr.split()[-1])
