"""The cluster as processes: a planner and workers, which die, are refused, and stop in order."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.waiting import PATIENCE

from .cluster import PLAYERS, Cluster, a_cluster

OVERLAPS = """
    SELECT count(*) FROM runs a JOIN runs b ON a.player_id = b.player_id AND a.id < b.id
    WHERE b.started_at < a.finished_at"""


@pytest.fixture
def cluster(tmp_path: Path, postgres_url: str) -> Iterator[Cluster]:
    with a_cluster(tmp_path, postgres_url) as made:
        yield made


def test_workers_share_the_players_and_stop_in_order(cluster: Cluster) -> None:
    processes = [cluster.start("run"), *(cluster.start("worker") for _ in range(2))]
    cluster.wait_for_runs(3 * len(PLAYERS))
    for process in processes:
        process.send_signal(signal.SIGTERM)
    for process in processes:
        _, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, err
        assert "canary" not in err
        assert "Traceback" not in err
    assert cluster.scalar(OVERLAPS) == 0
    assert cluster.scalar("SELECT count(DISTINCT player_id) FROM runs WHERE outcome = 'ok'") == len(PLAYERS)
    assert cluster.runs("outcome = 'running'") == 0
    assert cluster.scalar("SELECT count(*) FROM syncer_queue.procrastinate_jobs WHERE status = 'doing'") == 0
