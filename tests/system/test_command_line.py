"""Options, usage errors and output of the command line as a whole."""

import re
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


@pytest.mark.parametrize(
    ("words", "suggestion"),
    [
        ("statsu", "did you mean status?"),
        ("help", "did you mean syncer --help?"),
        ("db version", "there is no command 'version'\n"),
        ("backup", "did you mean syncer db backup?"),
        ("db restor", "did you mean restore?"),
        ("config chekc", "did you mean check?"),
        ("notify tets", "did you mean test?"),
        ("export snapshot", "did you mean snapshots?"),
        ("export xyz", "known: account_history, "),
    ],
)
def test_an_unknown_word_is_answered_with_the_nearest(site: Site, words: str, suggestion: str) -> None:
    result = run_cli(site, *words.split())
    assert (result.code, suggestion in result.err) == (2, True), result.err


def test_words_for_days_accents_and_large_numbers_are_as_people_write_them(site: Site) -> None:
    site.world.catalogue.set_title(1, "Pokémon")
    site.world.catalogue.set_title(2, "Pokémon Emerald")
    site.world.add_game("Large", [600, 1200], game_id=123456)
    site.earn(123456, 2)
    site.configure(games="[1, 2, 123456]")
    run_cli(site, "sync")
    for title in ("pokemon", "POKÉMON"):
        assert run_cli(site, "history", title, "--json").document["game_id"] == 1
    assert run_cli(site, "history", "emerald", "--json").document["game_id"] == 2
    assert "1,800/1,800" in run_cli(site, "at", "now").out
    assert "1,800/1,800" in run_cli(site, "history", "123456", "--since", "yesterday", "--until", "now").out
    assert run_cli(site, "changes", "--since", "today", "--until", "yesterday").code == 2
    table = run_cli(site, "fetch", "Tester", "123456", "--table").out.splitlines()[1].split()
    assert (table[0], table[4]) == ("123456", "1,800")


def test_until_before_since_is_a_usage_error(site: Site) -> None:
    run_cli(site, "sync")
    today = f"{SystemClock().now():%Y-%m-%d}"
    for command in (["history", "1"], ["history", "1", "--csv"], ["changes", "--json"], ["export", "runs"]):
        result = run_cli(site, *command, "--since", "1d", "--until", "2026-01-01")
        assert (result.code, result.out) == (2, "")
        assert "--since 1d is later than --until 2026-01-01" in result.err
        assert run_cli(site, *command, "--since", today, "--until", today).code == 0


@pytest.mark.parametrize(
    ("words", "polled"),
    [
        (("-v", "sync"), "4 games in 1 request"),
        (("sync", "-v"), "4 games in 1 request"),
        (("sync", "--due", "--verbose"), "1 game in 1 request"),  # the probe has polled the others
    ],
)
def test_verbose_may_stand_anywhere(site: Site, words: tuple[str, ...], polled: str) -> None:
    assert polled in run_cli(site, *words).err


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
    for kind in ("probe:", "check:", "sweep and search:"):
        assert kind in result.out
    saved = re.search(r"([\d,]+) requests in three weeks; .* would have taken ([\d,]+)\.", result.out)
    assert saved is not None
    sent, instead = (int(number.replace(",", "")) for number in saved.groups())
    # 12 batches of ten hold 112 games; polled at the beginning and twice a day, the second player for 3 days.
    assert instead == 12 * (2 * 21 + 1 + 2 * 3 + 1)
    assert sent > 2 * 21
    changed_at = re.findall(r"^(\d{4}-\d\d-\d\d \d\d:\d\d)  ", result.out, re.MULTILINE)
    assert changed_at == sorted(changed_at, reverse=True)
    assert len(changed_at) == 8
    typed = re.search(r"^  .*syncer (--config \S+ status)$", result.out, re.MULTILINE)
    assert typed is not None
    looked = run_cli(site, *typed[1].split())
    assert looked.code == 0
    assert "PixelHeron" in looked.out
