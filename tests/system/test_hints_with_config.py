"""A command that was given --config repeats it in each command that it tells to type."""

from shlex import quote

import pytest

from .simulated_site import CliResult, Site, run_cli


@pytest.fixture
def elsewhere(site: Site) -> Site:
    """Return a site whose configuration is found only by --config; its path has a blank."""
    (site.folder / "a b").mkdir()
    (site.folder / "config.toml").rename(site.folder / "a b" / "mine.toml")
    (site.folder / "key").rename(site.folder / "a b" / "key")
    return site


def run_with_config(site: Site, *words: str) -> CliResult:
    return run_cli(site, *words, "--config", path_of(site), environ={"SYNCER_CONFIG": ""})


def path_of(site: Site) -> str:
    return str(site.folder / "a b" / "mine.toml")


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("status",), "The first run makes it: syncer {} sync"),
        (("fetch", "Unknown", "1"), "then try: syncer {} fetch Unknown 1"),
        (("doctor", "--offline"), "For one run: syncer {} sync"),
        (("doctor", "--offline", "--json"), "For one run: syncer {} sync"),
    ],
)
def test_hints_before_the_first_run_repeat_the_option(
    elsewhere: Site, words: tuple[str, ...], hint: str
) -> None:
    result = run_with_config(elsewhere, *words)
    assert hint.format(f"--config {quote(path_of(elsewhere))}") in result.out + result.err


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("history", "99"), "To list the stored games: syncer {} games"),
        (("history", "nothing"), "To list all games: syncer {} games"),
        (("changes", "--since", "0s"), "For a longer time: syncer {} changes --since 4w"),
        (("changes",), "What was unlocked before: syncer {} unlocks --since 4w"),
        (("status", "--player", "Nobody"), "Try: syncer {} status"),
    ],
)
def test_hints_after_it_repeat_the_option(elsewhere: Site, words: tuple[str, ...], hint: str) -> None:
    assert run_with_config(elsewhere, "sync").code == 0
    result = run_with_config(elsewhere, *words)
    assert hint.format(f"--config {quote(path_of(elsewhere))}") in result.out + result.err


def test_a_hint_without_the_option_names_the_command_alone(site: Site) -> None:
    assert "The first run makes it: syncer sync\n" in run_cli(site, "status").err


def test_a_wrong_configuration_is_checked_again_with_the_option(elsewhere: Site) -> None:
    (elsewhere.folder / "a b" / "mine.toml").write_text("[api]\nburst = 5.5\n")
    result = run_with_config(elsewhere, "status")
    assert f"then try: syncer --config {quote(path_of(elsewhere))} config check\n" in result.err
