"""A run in a process of its own: how it ends, and that it ends with the process that started it."""

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.cluster.processes import HOOKS
from tests.waiting import PATIENCE

from .cluster import PLAYERS, a_cluster

STARTED = """
from syncer.core.clock import SystemClock
from syncer.core.errors import Cancelled
from syncer.run.cluster.own_process import stop_with_parent
clock = SystemClock()
stop_with_parent(clock)
try:
    clock.wait({seconds})
except Cancelled:
    print("stopped")
"""


def start(seconds: float) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", STARTED.format(seconds=seconds)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def test_a_run_in_its_own_process_ends_without_a_signal() -> None:
    with start(0.1) as process:
        assert process.wait(PATIENCE) == 0  # while the other end of its input is open
        assert process.stdout
        assert process.stderr
        assert (process.stdout.read(), process.stderr.read()) == ("", "")


def test_it_stops_with_the_process_that_started_it() -> None:
    with start(PATIENCE) as process:
        assert process.stdin
        process.stdin.close()
        assert process.stdout
        assert process.stdout.read() == "stopped\n"
        assert process.wait(PATIENCE) == 0


def test_its_rows_have_the_times_of_the_database(tmp_path: Path, postgres_url: str) -> None:
    """As those of the worker have, whose machine may have a wrong clock."""
    paths = os.pathsep.join([str(HOOKS), str(Path(__file__).parents[2])])
    clock = {"PYTHONPATH": paths, "CLUSTER_CLOCK_OFFSET": "300"}
    with a_cluster(tmp_path, postgres_url) as cluster:
        process = cluster.start("worker", "--alone", PLAYERS[0], environ=clock, stdin=subprocess.PIPE)
        assert process.wait(PATIENCE) == 0
        assert cluster.scalar("SELECT outcome FROM runs") == "ok"
        assert not cluster.scalar("SELECT started_at > clock_timestamp() FROM runs")
