"""A configuration that is not used is logged with what to do next, one line for each problem."""

import logging
import os

import pytest

from syncer.core.errors import ConfigError, Unauthorized
from syncer.run.rejected_config import log_rejected

TWO = ConfigError("x.toml has 2 problems", ["x.toml: [api] burst: one", "x.toml: [log] level: two"])


def logged(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """Return event and message of each record."""
    records = [(record.facts["event"], record.getMessage()) for record in caplog.records]  # type: ignore[attr-defined]
    assert {record.levelno for record in caplog.records} == {logging.ERROR}
    return records


def test_each_problem_has_its_line_after_what_to_do(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    log_rejected(TWO, is_secret=False)
    command = f"kill -HUP {os.getpid()}"
    assert logged(caplog) == [
        ("reload_failed", f"the old configuration stays: x.toml has 2 problems. Correct it, then: {command}"),
        ("config_problem", "  - x.toml: [api] burst: one"),
        ("config_problem", "  - x.toml: [log] level: two"),
    ]


def test_under_systemd_the_command_is_that_of_systemd(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", "/run/systemd/notify")
    log_rejected(TWO, is_secret=False)
    assert logged(caplog)[0][1].endswith("Correct it, then: systemctl reload syncer")


def test_a_changed_secret_needs_no_command(caplog: pytest.LogCaptureFixture) -> None:
    log_rejected(ConfigError("x.toml has 1 problem", ["key: the file is empty"]), is_secret=True)
    assert logged(caplog)[0][1].endswith("Correct it; a changed file is read again by itself")


def test_an_error_without_problems_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    log_rejected(Unauthorized("the key was refused"), is_secret=False)
    assert len(logged(caplog)) == 1
