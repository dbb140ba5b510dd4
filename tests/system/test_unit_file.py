"""The systemd unit: what systemd's own tools say of it, and what it and the program promise each other."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from syncer.cli.main import COMMANDS
from syncer.core import errors

HOME = Path(__file__).parents[2]
UNIT = HOME / "contrib" / "systemd" / "syncer.service"
TEXT = UNIT.read_text("utf-8")


def settings(name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", TEXT, re.M)


def analyze(folder: Path, *arguments: str) -> str:
    """What systemd-analyze says of the unit. Skips where it is missing or too old."""
    tool = shutil.which("systemd-analyze")
    if tool is None:
        pytest.skip("systemd-analyze is not installed here")
    copy = folder / UNIT.name
    program = Path(sys.executable).with_name("syncer")
    copy.write_text(TEXT.replace(settings("ExecStart")[0].split()[0], f'"{program}"'))  # may hold a blank
    command = [tool, *arguments, str(copy)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if "unrecognized option" in said.stderr:
        pytest.skip("this systemd-analyze is too old")
    assert said.returncode == 0, said.stdout + said.stderr
    return said.stdout + said.stderr


def test_systemd_finds_nothing_wrong_in_it(tmp_path: Path) -> None:
    assert UNIT.name not in analyze(tmp_path, "verify", "--man=no")


def test_systemd_finds_it_well_protected(tmp_path: Path) -> None:
    said = analyze(tmp_path, "security", "--offline=yes", "--no-pager")
    found = re.search(r"exposure level for \S+: ([\d.]+)", said)
    assert found
    assert float(found[1]) <= 1.4
    assert f"says {found[1]}" in (HOME / "docs" / "systemd.md").read_text("utf-8")


def test_it_runs_a_command_that_there_is() -> None:
    program, command = settings("ExecStart")[0].split()
    assert (Path(program).name, command in COMMANDS) == ("syncer", True)


def test_what_another_start_cannot_heal_is_not_started_again() -> None:
    hopeless: list[type[errors.SyncerError]] = [
        errors.ConfigError,
        errors.Unauthorized,
        errors.DatabaseCorrupt,
    ]
    codes = [int(code) for code in settings("RestartPreventExitStatus")[0].split()]
    assert sorted(codes) == sorted(error.exit_code for error in hopeless)


def test_it_hears_what_the_daemon_says_and_waits_longer_than_its_end_takes() -> None:
    from syncer.run.daemon import SHUTDOWN_TIMEOUT

    assert settings("Type") == ["notify"]
    assert settings("WatchdogSec") == ["3min"]
    assert float(settings("TimeoutStopSec")[0].removesuffix("s")) > SHUTDOWN_TIMEOUT
    assert settings("ExecReload") == ["/bin/kill -HUP $MAINPID"]


def test_the_key_is_a_credential_and_the_history_is_the_users_alone() -> None:
    assert settings("LoadCredential")[0].startswith("api_key:")  # the name that the configuration knows
    assert settings("StateDirectoryMode") == ["0700"]
    assert settings("DynamicUser") == ["yes"]
    assert not re.search(r"^Environment=.*(KEY|PASSWORD)=", TEXT, re.M)
