"""The systemd unit: systemd's checks, and that its settings fit the program."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from syncer.cli.commands import COMMANDS
from syncer.core import errors
from tests.waiting import PATIENCE

HOME = Path(__file__).parents[2]
UNIT = HOME / "contrib" / "systemd" / "syncer.service"
TEXT = UNIT.read_text("utf-8")


def settings(name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", TEXT, re.M)


def analyze(folder: Path, *arguments: str) -> str:
    """Return the output of systemd-analyze for the unit. Skips if it is missing or too old."""
    tool = shutil.which("systemd-analyze")
    if tool is None:
        pytest.skip("systemd-analyze is not installed here")
    copy = folder / UNIT.name
    program = Path(sys.executable).with_name("syncer")
    copy.write_text(TEXT.replace(settings("ExecStart")[0].split()[0], f'"{program}"'))  # may contain a space
    command = [tool, *arguments, str(copy)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    if "unrecognized option" in result.stderr:
        pytest.skip("this systemd-analyze is too old")
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout + result.stderr


def test_systemd_verifies_the_unit(tmp_path: Path) -> None:
    assert UNIT.name not in analyze(tmp_path, "verify", "--man=no")


def test_the_exposure_level_is_low_and_documented(tmp_path: Path) -> None:
    output = analyze(tmp_path, "security", "--offline=yes", "--no-pager")
    found = re.search(r"exposure level for \S+: ([\d.]+)", output)
    assert found
    assert float(found[1]) <= 1.4
    assert f"says {found[1]}" in (HOME / "docs" / "systemd.md").read_text("utf-8")


def test_the_unit_runs_an_existing_command() -> None:
    program, command = settings("ExecStart")[0].split()
    assert (Path(program).name, command in COMMANDS) == ("syncer", True)


def test_there_is_no_restart_where_it_cannot_help() -> None:
    permanent: list[type[errors.SyncerError]] = [
        errors.ConfigError,
        errors.Unauthorized,
        errors.DatabaseCorrupt,
    ]
    codes = [int(code) for code in settings("RestartPreventExitStatus")[0].split()]
    assert sorted(codes) == sorted(error.exit_code for error in permanent)


def test_the_unit_fits_the_notifications_and_the_shutdown_of_the_daemon() -> None:
    from syncer.run.daemon import SHUTDOWN_TIMEOUT

    assert settings("Type") == ["notify"]
    assert settings("WatchdogSec") == ["3min"]
    assert float(settings("TimeoutStopSec")[0].removesuffix("s")) > SHUTDOWN_TIMEOUT
    assert settings("ExecReload") == ["/bin/kill -HUP $MAINPID"]


def test_the_key_is_a_credential_and_the_state_directory_is_private() -> None:
    assert settings("LoadCredential")[0].startswith("api_key:")  # the name that the configuration knows
    assert settings("StateDirectoryMode") == ["0700"]
    assert settings("DynamicUser") == ["yes"]
    assert not re.search(r"^Environment=.*(KEY|PASSWORD)=", TEXT, re.M)
