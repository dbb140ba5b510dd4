"""A cluster whose planner and workers are killed, and whose connections are cut: nothing changes but time.

`python -m benchmarks.cluster` makes the same experiment as long as it is told to.
"""

from pathlib import Path

import pytest

from benchmarks.cluster.experiment import run
from benchmarks.cluster.options import Options
from tests.postgres import Server

DISTURBED = Options(
    players=6,
    games=8,
    workers=2,
    concurrency=4,
    seconds=10 + 150,
    calm=150,  # at most: it ends as soon as each player was polled
    every=2,
    gap_after=120,
    changes=1200,
    faults=0,
    latency=0.05,
    requests_per_minute=600,
    burst=100,
    dead_after=3,
    kills=5,
    cuts=1,
    clock_spread=600,
    unlocks=True,
    messages=True,
)


def test_killed_processes_lose_and_repeat_nothing(postgres_server: Server, tmp_path: Path) -> None:
    if postgres_server.external_url:
        pytest.skip("the role may be unable to end the connections of another server")
    report = run(DISTURBED, postgres_server, tmp_path)
    assert report.is_good, str(report)
