"""The official JavaScript client, unmodified, reads what `syncer fetch --camel` prints."""

import json
import os
import re
import subprocess
from typing import Any

import pytest

from syncer.core.clock import SystemClock
from tests.waiting import PATIENCE

from .javascript import FOLDER, packages
from .simulated_site import KEY, Site, run_cli

IDS = ("4", "1", "2", "77")  # unplayed, begun, with hardcore in it, no such game


def read_by_js(node: str, site: Site) -> Any:
    command = [node, "read.mjs", site.server.base_url.removesuffix("/API"), "Tester", *IDS]
    env = {"PATH": os.environ["PATH"], "WEB_API_KEY": KEY}
    done = subprocess.run(
        command, cwd=FOLDER, env=env, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stderr.replace(KEY, "[key]")
    return json.loads(done.stdout)


@pytest.fixture
def played(site: Site) -> Site:
    site.world.earn("Tester", 2, 1, SystemClock().now(), hardcore=True)
    return site


def test_the_official_client_reads_what_fetch_prints(node: str, played: Site) -> None:
    theirs = read_by_js(node, played)
    assert [(received.path, received.key_ok, received.status) for received in played.server.requests] == [
        ("/API/API_GetUserProgress.php", True, 200),
        ("/API/API_GetUserProfile.php", True, 200),
    ]
    assert "RetroAchievements-api-js" in played.server.requests[0].user_agent
    assert run_cli(played, "fetch", "Tester", *IDS, "--camel").document == theirs["progress"]
    assert run_cli(played, "fetch", "--profile", "Tester", "--camel").document == theirs["profile"]
    assert theirs["progress"]["2"]["numAchievedHardcore"] == 1
    assert theirs["profile"]["totalPoints"] > 0


def test_digits_in_strings_are_numbers_to_both_clients(node: str, played: Site) -> None:
    expected = read_by_js(node, played)["progress"]
    played.server.choose_fault(lambda received: "digit_strings" if "Progress" in received.path else None)
    assert read_by_js(node, played)["progress"] == expected
    assert run_cli(played, "fetch", "Tester", *IDS, "--camel").document == expected


def test_the_lock_names_no_host_and_has_all_hashes() -> None:
    lock = (FOLDER / "package-lock.json").read_text()
    assert not re.search(r"https?:|file:|git\+|resolved", lock)
    wanted = json.loads((FOLDER / "package.json").read_text())["dependencies"]
    assert {f"node_modules/{name}": version for name, version in wanted.items()} == {
        name: version
        for name, (version, integrity) in packages(FOLDER / "package-lock.json").items()
        if integrity.startswith("sha512-")
    }
