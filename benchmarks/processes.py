"""Whole processes: how long a command takes, and how much memory the daemon holds after many runs."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path

from syncer.store.admin.upgrade import upgrade_schema
from syncer.store.db.engine import Database

from . import rows, site
from .measure import Result, memory, middle, timed
from .year import START, Year

TIMES = 10
SYNCER = str(Path(sys.executable).with_name("syncer"))
PASS = (sys.executable, "-c", "pass")
DAEMON_SECONDS, START_TIMEOUT = 60, 60
GAME_COUNT = 500
CONFIG = """
[database]
url = "sqlite:///{folder}/syncer.db"
[api]
username = "{player}"
key = "{key}"
base_url = "{base_url}"
requests_per_minute = 60000
burst = 30000
[schedule]
every = "1s"
idle_every = "1s"
jitter = "0s"
[web]
enabled = {pages}
port = {port}
[[players]]
games = {games}
"""
PAGES = ("", "games", "changes", "calendar", "sync-health", "data/points", "metrics")


def benchmark(folder: Path) -> Iterator[Result]:
    with site.serving(GAME_COUNT) as base_url:
        yield daemon(folder, base_url)
        (folder / "syncer.db").unlink()
        yield daemon(folder, base_url, pages=True)
    (folder / "syncer.db").unlink()
    database = Database(f"sqlite:///{folder}/syncer.db")
    upgrade_schema(database, START)
    rows.write(database, Year())
    database.close()
    yield command(folder, "syncer --help", ("--help",), "Keeps the history", 150)
    yield command(folder, "syncer status, after a year", ("status",), "Tester: 500 games", 600)


def environment(folder: Path) -> dict[str, str]:
    others = {name: value for name, value in os.environ.items() if not name.startswith("SYNCER_")}
    return {**others, "SYNCER_CONFIG": str(folder / "config.toml")}


def command(folder: Path, name: str, arguments: Sequence[str], expected: str, goal: float) -> Result:
    """Compare a command with a Python that does nothing; the first call of each warms the file cache."""
    command_line = (SYNCER, *arguments)
    assert expected in output_of(folder, *command_line), f"{name} did not print {expected!r}"
    output_of(folder, *PASS)
    sides = (PASS, command_line)
    turns = [[timed(lambda: output_of(folder, *side)) for side in sides] for _ in range(TIMES)]  # noqa: B023
    baseline, product = (middle(side) for side in zip(*turns, strict=True))
    return Result(name, baseline, product, "ms", goal)


def output_of(folder: Path, *command: str) -> str:
    process = subprocess.run(
        command, env=environment(folder), cwd=folder, stdout=subprocess.PIPE, text=True, check=True
    )
    return process.stdout


def daemon(folder: Path, base_url: str, *, pages: bool = False) -> Result:
    """Measure the memory of the real daemon after a minute of runs, one each second."""
    config = folder / "config.toml"
    config.touch(mode=0o600)
    values = {"player": site.PLAYER, "key": site.KEY, "games": list(site.games(GAME_COUNT))}
    port = free_port()
    web = {"pages": str(pages).lower(), "port": port}
    config.write_text(CONFIG.format(folder=folder, base_url=base_url, **values, **web))
    output_of(folder, SYNCER, "db", "upgrade")  # otherwise the upgrade at start would stay in memory
    child = subprocess.Popen((SYNCER, "-q", "run"), env=environment(folder), cwd=folder)
    try:
        wait(port if pages else None)
        held = memory("VmRSS", child.pid)
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(15)
    with closing(sqlite3.connect(folder / "syncer.db")) as connection:
        query = "SELECT count(*), sum(targets_asked), sum(targets_seen) FROM runs WHERE outcome = 'ok'"
        runs, asked, returned = connection.execute(query).fetchone()
    assert runs >= DAEMON_SECONDS / 3, f"only {runs} runs"
    assert asked == returned == runs * GAME_COUNT
    what, goal = ("daemon, with pages", 120) if pages else ("daemon", 60)
    return Result(f"{what}, resident after {runs} runs over {GAME_COUNT} games", None, held, "MiB", goal)


def wait(port: int | None) -> None:
    """Wait for the measured minute, and fetch each page once a second where pages are served."""
    if port:
        wait_for_port(port)
    until = time.monotonic() + DAEMON_SECONDS
    while time.monotonic() < until:
        time.sleep(1)
        if port:
            for page in PAGES:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/{page}", timeout=30) as response:
                    assert response.read()


def wait_for_port(port: int) -> None:
    """Wait until something listens. Raises TimeoutError where nothing does within START_TIMEOUT."""
    until = time.monotonic() + START_TIMEOUT
    while time.monotonic() < until:
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens within {START_TIMEOUT} seconds")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
