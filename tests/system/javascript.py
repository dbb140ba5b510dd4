"""Node, and the official JavaScript client as it is locked."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "js"
OUTSIDE = dict(os.environ)  # as it was before the tests hid the home, which says where npm finds its registry
OLDEST_NODE = 20
OURS = ("EINTEGRITY", "EUSAGE", "EJSONPARSE", "EBADENGINE")  # npm's words for a lock that is wrong


def ready() -> str:
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
