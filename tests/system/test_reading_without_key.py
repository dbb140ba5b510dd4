"""Commands that read need a database only: no key, no player, no game in the configuration."""

from pathlib import Path

import pytest

from .simulated_site import KEY, Site, run_cli

READING = (
    ("status",),
    ("games",),
    ("unlocks",),
    ("changes", "--all"),
    ("history", "1"),
    ("at", "now"),
    ("account",),
    ("gaps",),
    ("gaps", "--targets"),
    ("export", "snapshots"),
    ("notify", "list"),
    ("health",),
    ("db", "check"),
    ("db", "current"),
    ("db", "upgrade"),
)
SENDING = (("sync",), ("run",), ("plan",), ("fetch", "Tester", "1"), ("config", "check"))


def bare_config(site: Site, text: str = "") -> str:
    """Return a configuration that names the database alone."""
    path = site.folder / "bare.toml"
    path.write_text(f'[database]\nurl = "{site.url}"\n[schedule]\ntimezone = "UTC"\n{text}')
    return str(path)


def test_commands_that_read_need_no_key(site: Site) -> None:
    run_cli(site, "sync")
    config = bare_config(site)
    for words in READING:
        bare, full = run_cli(site, "--config", config, *words), run_cli(site, *words)
        assert (bare.code, bare.err) == (0, ""), words
        assert bare.out, words
        if words[0] not in ("status", "health"):  # these say how long ago something was
            assert bare.out.replace(f" --config {config}", "") == full.out, words


def test_a_player_without_key_and_games_can_be_read(site: Site) -> None:
    run_cli(site, "sync")
    names = ("Tester", *(f"Player{letter}" for letter in "ABCDEF"))
    config = bare_config(site, "".join(f'[[players]]\nusername = "{name}"\n' for name in names))
    result = run_cli(site, "--config", config, "status")
    assert (result.code, "Tester" in result.out) == (0, True)
    assert "share one key" not in result.err


def test_warnings_about_keys_stand_only_before_commands_that_send(site: Site) -> None:
    run_cli(site, "sync")
    names = ("Tester", *(f"Player{letter}" for letter in "ABCDEF"))
    players = "".join(f'[[players]]\nusername = "{name}"\ngames = [1]\n' for name in names)
    config = bare_config(site, f'[api]\nbase_url = "{site.server.base_url}"\nkey = "cut"\n{players}')
    Path(config).chmod(0o600)  # else a warning of its own
    assert run_cli(site, "--config", config, "status").err == ""
    warnings = run_cli(site, "--config", config, "plan").err
    assert "more than five players share one key" in warnings
    assert "has 3 characters" in warnings


@pytest.mark.parametrize("words", SENDING)
def test_commands_that_send_name_the_missing_key(site: Site, words: tuple[str, ...]) -> None:
    result = run_cli(site, "--config", bare_config(site), *words)
    assert result.code == 78
    assert "no key: it is enough only to read" in result.err
    assert "set [api] username and key_file" in result.err


def test_the_variable_of_the_database_is_enough_to_read(site: Site, tmp_path: Path) -> None:
    run_cli(site, "sync")
    (tmp_path / "none").mkdir()
    environ = {"SYNCER_CONFIG": "", "SYNCER_DATABASE__URL": site.url, "HOME": str(tmp_path / "none")}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path / "none")
        assert "Game 1" in run_cli(site, "games", environ=environ).out
        assert "no configuration yet" in run_cli(site, "sync", environ=environ).err


def test_without_any_player_nothing_is_healthy(site: Site) -> None:
    site.prepare_database()
    result = run_cli(site, "--config", bare_config(site), "health")
    assert (result.code, result.out) == (69, "no player was polled yet\n")


@pytest.mark.parametrize(
    "words", [("status",), ("changes",), ("unlocks",), ("at", "now"), ("diff", "1d"), ("gaps",)]
)
def test_before_the_first_poll_the_next_command_is_named(site: Site, words: tuple[str, ...]) -> None:
    site.prepare_database()
    assert "No player is polled yet. Try: syncer sync\n" in run_cli(site, *words).out


def test_other_problems_are_still_reported(site: Site) -> None:
    result = run_cli(site, "--config", bare_config(site, '[api]\nkeyy = "x"\n'), "games")
    assert (result.code, "did you mean key?" in result.err) == (78, True)
    assert KEY not in result.err
