"""Which libraries a command imports: each costs time at the start, and memory in the daemon."""

import signal
import subprocess
import sys
from pathlib import Path

import requests

from tests.waiting import PATIENCE

from .simulated_site import Site, run_cli

HOME = Path(__file__).parents[2]
NOT_TO_READ = ("requests", "urllib3", "tenacity", "alembic", "apprise", "apscheduler", "filelock", "uvicorn")
READING = [
    *(["status"], ["status", "--json"], ["gaps"], ["changes"], ["account"], ["at", "now"], ["health"]),
    *(["games"], ["unlocks"]),
    *(["history", "1"], ["plan"], ["plan", "--due"], ["export", "snapshots"], ["export", "daily_progress"]),
    *(["config", "show"], ["config", "check"], ["completions", "bash"], ["notify", "list"]),
]
RUN_EACH = """
import sys
from syncer.cli.main import main
for words in {commands}:
    try: main([*words, "--config", sys.argv[1]])
    except SystemExit as end: assert not end.code, words
    loaded = [name for name in sys.modules if name.startswith({unwanted})]
    assert not loaded, (words, loaded)
"""

OF_A_CLUSTER = (
    *("procrastinate", "psycopg", "syncer.run.cluster", "syncer.doctor.cluster", "syncer.store.read.cluster"),
    *("syncer.core.monitoring.cluster", "syncer.store.db.queue", "syncer.store.write.player_schedule"),
)
WITHOUT_ENGINE = """
import sys
sys.modules["procrastinate"] = None
from syncer.cli.main import main
main(["worker", "--config", sys.argv[1]])
"""
DAEMON = """
import sys
from syncer.cli.main import main
try: main(["run", "--config", sys.argv[1]])
except SystemExit as end: print(end.code, [name for name in sys.modules if name.startswith({unwanted})])
"""


def run_each(site: Site, commands: list[list[str]], unwanted: tuple[str, ...]) -> None:
    code = RUN_EACH.format(commands=commands, unwanted=unwanted)
    command = [sys.executable, "-c", code, str(site.folder / "config.toml")]
    result = subprocess.run(command, capture_output=True, text=True, cwd=HOME, check=False)
    assert result.returncode == 0, result.stderr


def test_commands_that_only_read_import_nothing_that_sends_or_writes(site: Site) -> None:
    run_cli(site, "sync")
    run_each(site, READING, NOT_TO_READ)


def test_status_imports_neither_the_engine_nor_a_writer(site: Site) -> None:
    run_cli(site, "sync")
    run_each(site, [["status"], ["health"]], ("syncer.core.sync", "syncer.store.write", "syncer.api", "rich"))


def test_sqlite_loads_nothing_of_postgresql(site: Site) -> None:
    site.prepare_database()
    commands = [["sync"], ["status"], ["sync", "--due"]]
    run_each(site, commands, ("sqlalchemy.dialects.postgresql", "psycopg"))


def test_one_process_with_sqlite_loads_nothing_of_a_cluster(site: Site) -> None:
    site.prepare_database()
    run_each(site, [["sync"], ["status"], ["db", "upgrade"]], OF_A_CLUSTER)
    path = site.folder / "config.toml"
    path.write_text(path.read_text() + "[web]\nenabled = true\nport = 0\n")
    code = DAEMON.format(unwanted=OF_A_CLUSTER)
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdout=-1, stderr=-1, text=True, cwd=HOME
    )
    assert process.stderr
    address = next(line.split()[-1] for line in process.stderr if "serving pages" in line)
    for page in ("sync-health", "metrics"):
        assert requests.get(address + page, timeout=PATIENCE).status_code == 200
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=PATIENCE)
    assert out == "0 []\n", err


def test_a_worker_without_the_engine_ends_with_a_sentence(site: Site) -> None:
    command = [sys.executable, "-c", WITHOUT_ENGINE, str(site.folder / "config.toml")]
    result = subprocess.run(command, capture_output=True, text=True, cwd=HOME, check=False)
    assert result.returncode == 78
    assert result.stderr.startswith("syncer: a worker needs [cluster] enabled = true")
