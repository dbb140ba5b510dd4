"""doctor changes nothing on a healthy site, and its hints repair what it found."""

import hashlib
import re
import subprocess
from pathlib import Path

import pytest

from syncer.doctor import CHECKS

from .doctor_assertions import OLD_SQLITE, assert_healthy, findings, hint_of
from .doctor_faults import (
    Plant,
    edit_config,
    empty_database_file,
    key_in_public_config,
    overwrite_page,
    public_database,
    public_key_file,
    reassigned_name,
    recent_outage,
    synced,
)
from .simulated_site import KEY, Site, a_site, run_cli


def checksums(site: Site) -> dict[str, str]:
    """Return the checksums of all files except the budget and what SQLite creates for a reader."""
    files = {f.name: f for f in site.folder.iterdir() if f.is_file()}
    kept = {name for name in files if not re.search("-(budget.*|wal|shm)$", name)}
    return {name: hashlib.sha256(files[name].read_bytes()).hexdigest() for name in kept}


def test_before_the_first_sync_only_the_budget_is_created(site: Site) -> None:
    before = checksums(site)
    assert_healthy(site, "--offline")
    assert (site.server.requests, list(site.folder.glob("syncer.db*"))) == ([], [])
    assert_healthy(site)
    assert checksums(site) == before
    assert [file.name for file in site.folder.glob("syncer.db*")] == ["syncer.db-budget"]
    assert len(site.server.requests) == 1


def test_after_a_sync_the_history_is_not_changed(site: Site) -> None:
    before, requests = checksums(synced(site)), len(site.server.requests)
    assert_healthy(site)
    assert (checksums(site), len(site.server.requests)) == (before, requests + 1)
    result = run_cli(site, "doctor")
    assert (result.code, result.out.count("\nok    ") + bool(OLD_SQLITE)) == (0, len(CHECKS) - 1)
    assert KEY not in result.out + result.err


@pytest.mark.parametrize(
    "plant", [key_in_public_config, public_key_file, public_database, empty_database_file]
)
def test_a_hint_for_the_shell_repairs_the_fault(tmp_path: Path, plant: Plant) -> None:
    folder = tmp_path / "my folder; it's mine"
    folder.mkdir()
    with a_site(folder, f"sqlite:///{folder / 'syncer.db'}") as site:
        plant(synced(site))
        result = run_cli(site, "doctor", "--json")
        (check,) = findings(result)
        command = re.search("(chmod|rm) .*?(?=; then|$)", hint_of(result, check))
        assert command
        subprocess.run(["sh", "-c", command[0]], check=True)
        assert_healthy(site)


def test_a_hint_that_names_a_command_can_be_typed(site: Site) -> None:
    overwrite_page(synced(site), 0, "-budget")
    hint = hint_of(run_cli(site, "doctor", "--json", "--offline"), "request budget")
    assert run_cli(site, *hint.rpartition("syncer ")[2].split()).code == 0
    assert_healthy(site)
    recent_outage(site)
    hint = hint_of(run_cli(site, "doctor", "--json"), "gaps")
    assert len(run_cli(site, *hint.split()[1:], "--json").document["gaps"]) == 1


def test_the_ulid_of_the_hint_finds_the_player_again(site: Site) -> None:
    reassigned_name(site)
    hint = hint_of(run_cli(site, "doctor", "--json"), "players")
    edit_config(site, 'username = "Middle"', hint.partition("by: ")[2])
    assert_healthy(site)


def test_before_the_first_poll_nothing_is_called_ok_and_the_next_command_is_named(site: Site) -> None:
    site.prepare_database()
    lines = run_cli(site, "doctor", "--offline").out.splitlines()
    unchecked = {
        line[6:22].strip() for line in lines if line.startswith("-  ") and "nothing was polled" in line
    }
    assert {"polls in time", "gaps", "games", "suspect answers", "consistency", "runs"} <= unchecked
    assert lines[-1].endswith("For one run: syncer sync. To keep recording: syncer run")
    assert not {line[6:22].strip() for line in lines} & {"cadence", "targets"}


def test_a_player_who_was_never_polled_is_named(site: Site) -> None:
    run_cli(site, "sync")
    path = site.configure()
    text = path.read_text().replace("[[players]]", '[[players]]\nusername = "Tester"')
    path.write_text(text + '[[players]]\nusername = "Moss"\ngames = [1]\n')
    checks = {c["name"]: c for c in run_cli(site, "doctor", "--offline", "--json").document["checks"]}
    assert (checks["runs"]["status"], checks["runs"]["what"]) == ("warn", "nothing of Moss was polled yet")
