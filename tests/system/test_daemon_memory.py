"""The daemon's memory does not grow with its runs."""

import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from .simulated_site import Site

WARM_UP, MEASURED = 90, 240  # seconds
MAX_GROWTH = 2.0  # KiB a run; a cache of 4,096 moments grew by 6 to 18
MIN_RUNS = 60  # in the measured time


def resident(process: int) -> int:
    """Return the KiB of private memory: pages of libraries come and go with the machine's needs."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon:"))


def run_count(site: Site) -> int:
    with closing(sqlite3.connect(site.folder / "syncer.db")) as connection:
        return int(connection.execute("SELECT count(*) FROM runs").fetchone()[0])


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
def test_memory_does_not_grow_with_the_runs(site: Site) -> None:
    site.configure(every="1s")
    site.prepare_database()  # an upgrade at the start would stay in memory
    daemon = site.start("-q", "run")
    try:
        time.sleep(WARM_UP)
        memory, runs = resident(daemon.pid), run_count(site)
        time.sleep(MEASURED)
        grown, counted = resident(daemon.pid) - memory, run_count(site) - runs
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(20)
    assert counted >= MIN_RUNS
    assert grown / counted < MAX_GROWTH, f"{grown} KiB in {counted} runs"
