"""The cluster as processes: a planner and workers, which die, are refused, and stop in order."""

import contextlib
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from syncer.core.clock import SystemClock
from syncer.run.cluster.player_locks import PlayerLocks
from syncer.run.lock import WriterLock
from tests.postgres import Server
from tests.waiting import PATIENCE, wait_until

from .cluster import PLAYERS, Cluster, a_cluster
from .simulated_site import run_cli

DEADLY = Path(__file__).parent / "deadly"
# Two runs of one player at the same time. One that was cut short ends when the next one begins.
OVERLAPS = """
    SELECT count(*) FROM runs a JOIN runs b ON a.player_id = b.player_id AND a.id < b.id
    WHERE b.started_at < a.finished_at AND a.outcome <> 'interrupted'"""
STANDING_JOBS = "SELECT count(*) FROM syncer_queue.procrastinate_jobs WHERE status = 'doing'"
UNLOCKS_TWICE = """
    SELECT count(*) FROM
    (SELECT 1 FROM unlocks GROUP BY player_id, achievement_id HAVING count(*) > 1) twice"""
PLAYERS_RUN = "SELECT count(DISTINCT player_id) FROM runs WHERE outcome = 'ok'"
SET_ASIDE = "SELECT count(*) FROM syncer_queue.player_schedule WHERE set_aside_at IS NOT NULL"


@pytest.fixture
def cluster(tmp_path: Path, postgres_url: str) -> Iterator[Cluster]:
    with a_cluster(tmp_path, postgres_url) as made:
        yield made


def ended(process: "subprocess.Popen[str]") -> tuple[int, str]:
    """Return the exit code of a process that ends by itself, and what it wrote to stderr."""
    _, err = process.communicate(timeout=PATIENCE)
    return process.returncode, err


def stopped(process: "subprocess.Popen[str]") -> str:
    process.send_signal(signal.SIGTERM)
    code, err = ended(process)
    assert code == 0, err
    assert "canary" not in err
    assert "Traceback" not in err
    return err


def wait_for_line(process: "subprocess.Popen[str]", word: str) -> None:
    """Read the log of a process that goes on to log, up to a line with the word."""
    log = process.stderr
    assert log
    wait_until(lambda: word in log.readline())


def require_order(cluster: Cluster) -> None:
    """Fail if a player was run twice at once, or a run or a job was left open, or an unlock stored twice."""
    assert cluster.scalar(OVERLAPS) == 0
    assert cluster.runs("running") == 0
    assert cluster.scalar(STANDING_JOBS) == 0
    assert cluster.scalar(UNLOCKS_TWICE) == 0


def test_workers_share_the_players_and_refuse_who_does_not_share(cluster: Cluster) -> None:
    planner, *workers = cluster.start("run"), cluster.start("worker"), cluster.start("worker")
    cluster.wait_for_a_run_of_each()
    done = run_cli(cluster.site, "sync", "--player", "Player2", "--wait", "30s")
    assert (done.code, done.out[:9]) == (0, "Player2: ")
    assert run_cli(cluster.site, "run").code == 75  # only one plans
    assert "then try: syncer db upgrade" in run_cli(cluster.site, "db", "upgrade").err
    cluster.configure(enabled="false")
    for command in ("run", "sync"):
        refused = run_cli(cluster.site, command)
        assert refused.code == 75
        assert "another syncer is at work on this database: pid" in refused.err
        assert "or set [cluster] enabled = true here, too" in refused.err
    refused = run_cli(cluster.site, "worker")
    assert (refused.code, "needs [cluster] enabled = true" in refused.err) == (78, True)
    for process in (planner, *workers):
        stopped(process)
    require_order(cluster)


def test_a_worker_and_sync_wait_for_no_other_process(cluster: Cluster) -> None:
    with contextlib.closing(PlayerLocks(cluster.database)) as locks:
        assert locks.try_lock("Player2")
        assert not locks.try_lock("Player2")
        refused = run_cli(cluster.site, "sync", "--player", "Player2")
    assert refused.code == 75
    assert "another syncer is at work on Player2" in refused.err
    daemon = WriterLock(cluster.database, SystemClock())
    daemon.acquire()
    refused = run_cli(cluster.site, "worker")
    daemon.release()
    assert refused.code == 75
    assert "works without [cluster]" in refused.err


def test_a_signal_makes_a_worker_read_a_new_player(cluster: Cluster) -> None:
    cluster.configure(players=PLAYERS[:2])
    planner, worker = cluster.start("run"), cluster.start("worker", "--concurrency", "4")
    cluster.wait_for_runs(2)
    cluster.configure(players=PLAYERS)
    for process in (worker, planner):  # a player who is queued before the worker knows it waits ten minutes
        process.send_signal(signal.SIGHUP)
        wait_for_line(process, "the configuration was reloaded")
    cluster.wait_for_a_run_of_each()
    (cluster.site.folder / "Player1" / "key").write_text("w" * 32)
    wait_for_line(worker, "refused the key")
    stopped(planner)
    stopped(worker)


def test_a_planner_says_what_it_does_and_when_it_can_again(cluster: Cluster) -> None:
    planner = cluster.start("run")
    for word, then in (
        ("planning the runs of 4 players", "ALTER TABLE syncer_queue.player_schedule RENAME TO away"),
        (" ERROR ", "ALTER TABLE syncer_queue.away RENAME TO player_schedule"),
        ("the database works again", "SELECT 1"),
    ):
        wait_for_line(planner, word)
        with cluster.database.writing() as tx:
            tx.execute(sa.text(then))
    stopped(planner)


def test_what_dies_is_replaced_and_nothing_else_changes(cluster: Cluster, postgres_server: Server) -> None:
    planner, first, second = cluster.start("run"), cluster.start("worker"), cluster.start("worker")
    cluster.wait_for_a_run_of_each()
    postgres_server.terminate_connections(cluster.site.url)
    for victim in (first, planner):
        cluster.wait_for_a_run_of_each()
        victim.kill()
        cluster.start("run" if victim is planner else "worker")
    cluster.wait_for_a_run_of_each()
    assert cluster.scalar(SET_ASIDE) == 0
    with cluster.database.writing() as tx:
        tx.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    for worker in (second, cluster.processes[3]):
        code, err = ended(worker)
        assert code == 78
        assert "the database is at revision 9999" in err
    wait_until(lambda: cluster.scalar(STANDING_JOBS) == 0)
    stopped(cluster.processes[4])
    require_order(cluster)


def test_a_player_whose_runs_kill_their_process_is_set_aside_alone(cluster: Cluster) -> None:
    deadly = {"SYNCER_TEST_DEADLY": "Player3", "PYTHONPATH": f"{DEADLY}:{Path(__file__).parents[2]}"}
    cluster.start("run")
    worker = cluster.start("worker", environ=deadly)
    while not cluster.scalar(SET_ASIDE):
        if worker.poll():  # as its service manager would
            assert worker.returncode == -signal.SIGKILL
            worker = cluster.start("worker", environ=deadly)
    cluster.wait_for_runs(cluster.runs("ok") + 2 * len(PLAYERS))
    assert "Player3 is not polled any more" in stopped(worker)
    assert cluster.scalar(PLAYERS_RUN) == len(PLAYERS) - 1
    assert run_cli(cluster.site, "sync", "--player", "Player3").code == 0
    assert cluster.scalar(SET_ASIDE) == 0
    require_order(cluster)
