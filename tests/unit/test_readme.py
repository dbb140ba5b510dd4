"""The repository: lock files without hosts, verbs that exist, no paths of a machine."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

HOME = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=HOME, capture_output=True, check=True).stdout
    return [HOME / name for name in listed.decode().split("\0") if name and (HOME / name).is_file()]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_names_no_host_and_has_all_hashes(lock: str) -> None:
    text = (HOME / lock).read_text()
    assert not re.search(r"https?:|file:|index|find-links|trusted-host", text)
    packages = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[a-z,]+\])?==", text, re.M)
    assert packages
    for entry in re.split(r"^(?=\S)", text, flags=re.M)[1:]:
        assert "--hash=sha256:" in entry, entry


@pytest.mark.parametrize(("lock", "extras"), [(LOCKS[0], ()), (LOCKS[1], ("dev", "postgres"))])
def test_every_dependency_is_locked(lock: str, extras: tuple[str, ...]) -> None:
    project = tomllib.loads((HOME / "pyproject.toml").read_text())["project"]
    lines = project["dependencies"] + [
        line for extra in extras for line in project["optional-dependencies"][extra]
    ]
    names = [re.split(r"[\[<>=]", line)[0] for line in lines]
    text = (HOME / lock).read_text()
    assert [name for name in names if not re.search(rf"^{name}(\[.*\])?==", text, re.M)] == []


def test_no_tracked_file_contains_a_path_of_this_machine() -> None:
    places = re.compile("|".join(("/" + "work/", "/" + "root/", "/" + "usr/local/")))
    found = [file for file in tracked() if places.search(file.read_text("utf-8", errors="ignore"))]
    assert found == []


def test_every_verb_of_the_readme_exists() -> None:
    usage = subprocess.run([HOME / "run"], capture_output=True, text=True, check=True).stdout
    verbs = set(re.findall(r"^  (\w+) ", usage, re.M))
    assert verbs == {"demo", "test", "soak", "bench", "lint", "types", "style", "fix", "docs"}
    assert set(re.findall(r"\./run (\w+)", (HOME / "README.md").read_text())) <= verbs


def test_an_unknown_verb_is_a_usage_error() -> None:
    assert subprocess.run([HOME / "run", "dance"], capture_output=True, check=False).returncode == 2


def test_the_readme_names_every_command() -> None:
    from syncer.cli.commands import COMMANDS

    text = (HOME / "README.md").read_text()
    assert [name for name in COMMANDS if f"syncer {name}" not in text] == []
