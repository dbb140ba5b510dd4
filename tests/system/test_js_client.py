"""The official JavaScript client, unmodified, reads what `syncer fetch --camel` prints."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from syncer.core.clock import SystemClock

from .site import KEY, Site, say

FOLDER = Path(__file__).parents[1] / "js"
OUTSIDE = dict(os.environ)  # as it was before the tests hid the home, which says where npm finds its registry
OLDEST_NODE = 20
OURS = ("EINTEGRITY", "EUSAGE", "EJSONPARSE", "EBADENGINE")  # npm's words for a lock that is wrong
IDS = ("4", "1", "2", "77")  # unplayed, begun, with hardcore in it, no such game


@pytest.fixture(scope="module")
def node() -> str:
    """Node with the locked client beside the script; else the reason why this cannot be tested here."""
    found = shutil.which("node")
    version = version_of(found) if found else "none"
    if found is None or int(re.sub(r"\D.*", "", version.lstrip("v")) or 0) < OLDEST_NODE:
        pytest.skip(f"the official JavaScript client needs Node {OLDEST_NODE} or newer; here is {version}")
    if not is_installed():
        install()
    return found


def version_of(node: str) -> str:
    command = [node, "--version"]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout.strip()


def is_installed() -> bool:
    """npm writes this file last, so a broken installation has none."""
    note = FOLDER / "node_modules" / ".package-lock.json"
    return note.is_file() and packages(note) == packages(FOLDER / "package-lock.json")


def packages(lock: Path) -> dict[str, tuple[str, str]]:
    """What is locked, the project itself left out: name to version and hash."""
    listed = json.loads(lock.read_text())["packages"]
    return {name: (one["version"], one["integrity"]) for name, one in listed.items() if name}


def install() -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("the official JavaScript client is not installed yet, and there is no npm to get it")
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"]
    try:
        done = subprocess.run(
            command, cwd=FOLDER, env=OUTSIDE, capture_output=True, text=True, check=False, timeout=90
        )
    except subprocess.TimeoutExpired:
        pytest.skip("npm did not get the official JavaScript client within 90 s")
    if done.returncode == 0:
        return
    code = re.search(r"^npm (?:error|ERR!) code (\w+)", done.stderr, re.M)
    why = code[1] if code else f"exit {done.returncode}"
    assert why not in OURS, done.stderr
    pytest.skip(f"npm could not get the official JavaScript client from its registry ({why})")


def read_by_js(node: str, site: Site) -> Any:
    command = [node, "read.mjs", site.server.base_url.removesuffix("/API"), "Tester", *IDS]
    env = {"PATH": os.environ["PATH"], "WEB_API_KEY": KEY}
    done = subprocess.run(
        command, cwd=FOLDER, env=env, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr.replace(KEY, "[key]")
    return json.loads(done.stdout)


@pytest.fixture
def played(site: Site) -> Site:
    site.world.earn("Tester", 2, 1, SystemClock().now(), hardcore=True)
    return site


def test_the_official_client_reads_what_fetch_prints(node: str, played: Site) -> None:
    theirs = read_by_js(node, played)
    assert [(asked.path, asked.key_ok, asked.status) for asked in played.server.requests] == [
        ("/API/API_GetUserProgress.php", True, 200),
        ("/API/API_GetUserProfile.php", True, 200),
    ]
    assert "RetroAchievements-api-js" in played.server.requests[0].user_agent
    assert say(played, "fetch", "Tester", *IDS, "--camel").document == theirs["progress"]
    assert say(played, "fetch", "--profile", "Tester", "--camel").document == theirs["profile"]
    assert theirs["progress"]["2"]["numAchievedHardcore"] == 1
    assert theirs["profile"]["totalPoints"] > 0


def test_digits_in_strings_are_numbers_to_both(node: str, played: Site) -> None:
    fair = read_by_js(node, played)["progress"]
    played.server.forecast(lambda asked: "digit_strings" if "Progress" in asked.path else None)
    assert read_by_js(node, played)["progress"] == fair
    assert say(played, "fetch", "Tester", *IDS, "--camel").document == fair


def test_the_lock_names_no_host_and_hashes_everything() -> None:
    lock = (FOLDER / "package-lock.json").read_text()
    assert not re.search(r"https?:|file:|git\+|resolved", lock)
    wanted = json.loads((FOLDER / "package.json").read_text())["dependencies"]
    assert {f"node_modules/{name}": version for name, version in wanted.items()} == {
        name: version
        for name, (version, integrity) in packages(FOLDER / "package-lock.json").items()
        if integrity.startswith("sha512-")
    }
