"""Node.js, and the official JavaScript client in its locked version."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.waiting import PATIENCE

FOLDER = Path(__file__).parents[1] / "js"
OUTSIDE = dict(os.environ)  # before the tests hide the home folder, which holds the settings of npm
MIN_NODE_VERSION = 20
LOCK_ERRORS = ("EINTEGRITY", "EUSAGE", "EJSONPARSE", "EBADENGINE")  # of npm, for a wrong lock


def ready() -> str:
    """Return the path of Node, with the locked client installed; skip the test where that is impossible."""
    found = shutil.which("node")
    version = version_of(found) if found else "none"
    if found is None or int(re.sub(r"\D.*", "", version.lstrip("v")) or 0) < MIN_NODE_VERSION:
        pytest.skip(
            f"the official JavaScript client needs Node {MIN_NODE_VERSION} or newer; here is {version}"
        )
    if not is_installed():
        install()
    return found


def version_of(node: str) -> str:
    command = [node, "--version"]
    return subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=PATIENCE
    ).stdout.strip()


def is_installed() -> bool:
    """Return whether the locked packages are installed; npm writes this file last."""
    installed = FOLDER / "node_modules" / ".package-lock.json"
    return installed.is_file() and packages(installed) == packages(FOLDER / "package-lock.json")


def packages(lock: Path) -> dict[str, tuple[str, str]]:
    """Return version and hash of each locked package, the project itself left out."""
    listed = json.loads(lock.read_text())["packages"]
    return {name: (one["version"], one["integrity"]) for name, one in listed.items() if name}


def install() -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("the official JavaScript client is not installed yet, and there is no npm to get it")
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"]
    try:
        done = subprocess.run(
            command, cwd=FOLDER, env=OUTSIDE, capture_output=True, text=True, check=False, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired:
        pytest.skip("npm did not get the official JavaScript client within 90 s")
    if done.returncode == 0:
        return
    code = re.search(r"^npm (?:error|ERR!) code (\w+)", done.stderr, re.M)
    reason = code[1] if code else f"exit {done.returncode}"
    assert reason not in LOCK_ERRORS, done.stderr
    pytest.skip(f"npm could not get the official JavaScript client from its registry ({reason})")
