"""Options, usage errors and output of the command line as a whole."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from syncer.core.clock import SystemClock
from syncer.core.model.schedule import IntervalSchedule

from .simulated_site import Site, run_cli

HOME = Path(__file__).parents[2]
HEAVY = ("sqlalchemy", "requests", "pydantic", "rich", "alembic")


@pytest.mark.parametrize(
    "arguments",
    [
        ("at", "2099-01-01"),
        ("at", "soon"),
        ("history", "one"),
        ("dance",),
        ("sync", "--wait", "3x"),
        ("sync", "--jsn"),
        ("at", "999999w"),
        ("at", "9999-12-31"),
        ("at", "0001-01-01T00:00:00+14:00"),
        ("history", "1", "--since", "999999d"),
        ("history", "1", "--until", "9999-12-31"),
        ("history", "99999999999999999999"),
    ],
)
def test_a_wrong_argument_is_a_usage_error(site: Site, arguments: tuple[str, ...]) -> None:
    run_cli(site, "sync")
    assert run_cli(site, *arguments).code == 2


def test_until_before_since_is_a_usage_error(site: Site) -> None:
    run_cli(site, "sync")
    today = f"{SystemClock().now():%Y-%m-%d}"
    for command in (["history", "1"], ["history", "1", "--csv"], ["changes", "--json"], ["export", "runs"]):
        result = run_cli(site, *command, "--since", "1d", "--until", "2026-01-01")
        assert (result.code, result.out) == (2, "")
        assert "--since 1d is later than --until 2026-01-01" in result.err
        assert run_cli(site, *command, "--since", today, "--until", today).code == 0


@pytest.mark.parametrize("words", [("-v", "sync"), ("sync", "-v"), ("sync", "--due", "--verbose")])
def test_verbose_may_stand_anywhere(site: Site, words: tuple[str, ...]) -> None:
    assert "4 games in 1 request" in run_cli(site, *words).err


def test_config_may_stand_anywhere_before_two_dashes(site: Site) -> None:
    path = str(site.folder / "config.toml")
    elsewhere = {"SYNCER_CONFIG": "/nowhere"}
    assert run_cli(site, "config", "check", "--config", path, environ=elsewhere).code == 0
    assert run_cli(site, "config", "check", f"--config={path}", environ=elsewhere).code == 0
    run_cli(site, "sync")
    assert run_cli(site, "history", "--", "-v").code == 2


def test_help_imports_only_click() -> None:
    code = "import sys; from syncer.cli.main import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    code += f"print([name for name in {HEAVY} if name in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=HOME
    )
    assert result.stdout.strip().endswith("[]")
    assert "the daemon" in result.stdout


def test_demo_once_simulates_three_weeks_and_exits(monkeypatch: pytest.MonkeyPatch, site: Site) -> None:
    # Fewer polls than usual, so that the test is fast.
    monkeypatch.setattr("syncer.cli.commands.demo.FAST", IntervalSchedule(timedelta(hours=12)))
    result = run_cli(site, "demo", "--once")
    assert result.code == 0
    assert "PixelHeron" in result.out
    assert "unlock" in result.out
