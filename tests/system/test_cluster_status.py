"""Commands that show the state of a cluster: status and doctor."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster_tables import QueueTables, queue_tables
from tests.terminal import run_on_terminal

from .json_shapes import differences, everything_in, shape_of
from .simulated_site import CliResult, Site, a_site, run_cli

HOME = Path(__file__).parents[2]
WITHOUT_ENGINE = """
import sys
sys.modules["procrastinate"] = None
from syncer.cli.main import main
main(sys.argv[1:])
"""
CLUSTER = "[cluster]\nenabled = true\n"
SECOND = '[[players]]\nusername = "Moss"\napi_username = "Moss"\ngames = [1]\n'


@pytest.fixture
def tables(tmp_path: Path, postgres_url: str) -> Iterator[tuple[Site, QueueTables]]:
    """A site with two players, of whom one was polled, and the queue of their cluster."""
    with a_site(tmp_path, postgres_url) as site, queue_tables(postgres_url) as queue:
        site.prepare_database()
        path = site.folder / "config.toml"
        path.write_text(path.read_text().replace("[[players]]", '[[players]]\nusername = "Tester"'))
        path.write_text(path.read_text() + SECOND + CLUSTER)
        run_cli(site, "sync", "--player", "Tester")
        yield site, queue


def checks(result: CliResult) -> dict[str, dict[str, str]]:
    return {check["name"]: check for check in result.document["checks"]}


def test_a_cluster_at_rest_and_one_in_trouble_are_shown(tables: tuple[Site, QueueTables]) -> None:
    site, queue = tables
    seen: set[str] = set()
    shape = shape_of("status --cluster")
    idle = run_cli(site, "status", "--cluster", "--json").document
    assert list(differences(idle, shape, "status --cluster", seen)) == []
    queue.add_worker()
    queue.add_player("Tester", 700, aside_for=60)
    queue.add_player("Moss", 700)
    queue.add_job("Moss", "todo")
    found = run_cli(site, "status", "--cluster", "--json").document
    assert list(differences(found, shape, "status --cluster", seen)) == []
    assert set(everything_in(shape, "status --cluster")) <= seen
    text = run_cli(site, "status", "--cluster").out
    assert "workers    1\n" in text
    queue.add_worker(silent_for=60)
    queue.add_worker(silent_for=400)
    silent = run_cli(site, "status", "--cluster").out
    assert "workers    2, 1 of them silent for over 30 s\n" in silent
    assert "jobs       1 waiting, 0 running\n" in text
    assert "Tester is not polled any more: each run killed its process." in " ".join(text.split())
    shown = run_on_terminal([sys.executable, "-m", "syncer", "status", "--cluster"], 60, site.env, cwd=HOME)
    assert max(len(line) for line in shown.splitlines()) <= 60


def test_status_names_players_who_were_set_aside(tables: tuple[Site, QueueTables]) -> None:
    site, queue = tables
    assert run_cli(site, "status", "--json").document["players"][0]["set_aside_at"] is None
    for name in ("Tester", "Moss"):
        queue.execute("DELETE FROM player_schedule WHERE player = :name", name=name)
        queue.add_player(name, 0, aside_for=60)
    first, second, *_ = run_cli(site, "status").out.splitlines()
    assert first == "2 players; 2 need attention:"
    assert second.startswith("  not polled any more, as each run killed its process")
    assert run_cli(site, "status", "--json").document["players"][0]["set_aside_at"]
    one = " ".join(run_cli(site, "status", "--player", "Tester").out.split())
    assert "as each run killed its process; try again: syncer" in one


def test_doctor_checks_the_cluster_last_but_one(tables: tuple[Site, QueueTables]) -> None:
    site, queue = tables
    result = run_cli(site, "doctor", "--offline", "--json")
    found = checks(result)
    assert list(found)[-2:] == ["cluster", "runs"]
    assert found["cluster"]["what"] == "the planner is not running; no worker is alive"
    assert found["cluster"]["hint"].startswith("Start it: syncer")
    assert result.code == 69
    queue.execute("DROP SCHEMA syncer_queue CASCADE")
    assert "syncer db upgrade" in checks(run_cli(site, "doctor", "--offline", "--json"))["cluster"]["hint"]


def test_without_a_cluster_one_sentence_says_so(tables: tuple[Site, QueueTables]) -> None:
    site, _ = tables
    path = site.folder / "config.toml"
    path.write_text(path.read_text().replace(CLUSTER, ""))
    result = run_cli(site, "status", "--cluster")
    assert (result.code, result.out) == (78, "")
    assert "there is no cluster, as [cluster] enabled is false" in result.err
    assert "cluster" not in checks(run_cli(site, "doctor", "--offline", "--json"))
    assert run_cli(site, "status", "--cluster", "--player", "Tester").code == 2


def test_upgrade_names_the_tables_of_the_queue(tables: tuple[Site, QueueTables]) -> None:
    site, queue = tables
    queue.execute("DROP SCHEMA syncer_queue CASCADE")
    made = run_cli(site, "db", "upgrade").out
    assert "The job queue, in the schema syncer_queue, is at revision 0001 (was new).\n" in made
    assert "is at revision 0001.\n" in run_cli(site, "db", "upgrade").out


@pytest.mark.parametrize("words", [["worker"], ["run"], ["db", "upgrade"]])
def test_without_the_engine_the_extra_to_install_is_named(
    tables: tuple[Site, QueueTables], words: list[str]
) -> None:
    site, _ = tables
    command = [sys.executable, "-c", WITHOUT_ENGINE, *words]
    result = subprocess.run(command, env=site.env, cwd=HOME, capture_output=True, text=True, check=False)
    assert (result.returncode, "pip install '.[cluster]'" in result.stderr) == (78, True), result.stderr
    assert "Traceback" not in result.stderr
