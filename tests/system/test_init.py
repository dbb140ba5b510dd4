"""From nothing to a configuration that works."""

import os
import pty
import select
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from syncer.core.clock import SystemClock

from .simulated_site import KEY, CliResult, Site, run_cli

clock = SystemClock()


@pytest.fixture
def folder(site: Site, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty one, as somebody's who begins; only the site's address is not the real one."""
    empty = site.folder / "new"
    empty.mkdir()
    (empty / "key").write_text(KEY + "\n")
    monkeypatch.chdir(empty)
    monkeypatch.setenv("SYNCER_API__BASE_URL", site.server.base_url)
    monkeypatch.setenv("SYNCER_DATABASE__URL", f"sqlite:///{empty / 'x.db'}")
    return empty


def init(site: Site, *more: str, username: str = "Tester", games: str = "1,2", key: str = "key") -> CliResult:
    given = ("--username", username, "--games", games, "--key-file", key)
    return run_cli(site, "--config", "config.toml", "init", "--yes", *given, *more)


def test_flags_make_a_configuration_that_works(site: Site, folder: Path) -> None:
    said = init(site, "--database", f"sqlite:///{folder / 'mine.db'}")
    assert (said.code, "Next: syncer sync" in said.out) == (0, True)
    assert stat.S_IMODE((folder / "config.toml").stat().st_mode) == 0o600
    assert KEY not in (folder / "config.toml").read_text()
    assert len(site.server.requests) == 2
    assert run_cli(site, "--config", "config.toml", "sync").code == 0


def test_what_is_there_is_never_overwritten(site: Site, folder: Path) -> None:
    (folder / "config.toml").write_text("mine")
    said = init(site)
    assert (said.code, "is there already" in said.err) == (78, True)
    assert (folder / "config.toml").read_text() == "mine"
    assert site.server.requests == []


@pytest.mark.parametrize(
    ("wrong", "code", "sentence"),
    [
        ({"username": "Testerr"}, 69, "Correct the name"),
        ({"username": "Tes ter"}, 2, "not a username"),
        ({"games": "1,two"}, 2, "'two' is not a game id"),
        ({"key": "nowhere"}, 78, "cannot be read"),
        ({"key": "wrong"}, 77, "Correct the key"),
    ],
)
def test_a_wrong_turn_writes_nothing_and_leads_back(
    site: Site, folder: Path, wrong: dict[str, str], code: int, sentence: str
) -> None:
    (folder / "wrong").write_text("not0the0key")
    said = init(site, **wrong)
    assert (said.code, sentence in said.err) == (code, True), said.err
    assert not (folder / "config.toml").exists()
    assert init(site).code == 0


def test_the_database_gets_a_place_of_its_own(
    site: Site, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SYNCER_DATABASE__URL")
    places = [("config.toml", "config.toml"), ("config.toml", "../new/config.toml"), ("config.toml", "key")]
    for config, database in [*places, ("config-journal", "config")]:
        given = ("--username", "Tester", "--games", "1", "--key-file", "key")
        said = run_cli(
            site, "--config", config, "init", "--yes", *given, "--database", f"sqlite:///{database}"
        )
        assert (said.code, "would belong to the database, too" in said.err) == (78, True), said.err
        assert "Nothing was written." in said.err
    assert [file.name for file in folder.iterdir()] == ["key"]
    assert (folder / "key").read_text() == KEY + "\n"


def test_a_closed_port_and_a_missing_folder_are_told(site: Site, folder: Path) -> None:
    elsewhere = {"SYNCER_API__BASE_URL": "http://127.0.0.1:1/API"}
    given = ("init", "--yes", "--username", "Tester", "--games", "1", "--key-file", "key")
    said = run_cli(site, "--config", "config.toml", *given, environ=elsewhere)
    assert (said.code, "Check the network, then try again" in said.err) == (69, True)
    said = run_cli(site, "--config", str(folder / "no" / "config.toml"), *given)
    assert (said.code, "cannot be written" in said.err) == (78, True)


def test_what_is_missing_is_named_where_nobody_can_be_asked(site: Site, folder: Path) -> None:
    said = run_cli(site, "--config", "config.toml", "init", "--yes")
    assert (said.code, "--username, --games, --key-file" in said.err) == (2, True)


def test_games_without_achievements_are_pointed_out(site: Site, folder: Path) -> None:
    assert "999999" in init(site, games="1,999999").err


def test_it_asks_on_a_terminal_and_keeps_the_key_in_a_file_of_its_own(site: Site, folder: Path) -> None:
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "syncer", "--config", "config.toml", "init"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        close_fds=True,
    )
    os.close(theirs)
    said = ""
    for question, answer in (("name", "x y"), ("Error", "Tester"), ("Web API Key", KEY), ("ids", "1, 2")):
        said += until(ours, question)
        os.write(ours, f"{answer}\n".encode())
    said += until(ours, "Next: syncer sync")
    assert child.wait(20) == 0
    os.close(ours)
    assert KEY not in said
    assert (folder / "api_key").read_text() == KEY + "\n"
    assert stat.S_IMODE((folder / "api_key").stat().st_mode) == 0o600
    (folder / "api_key").rename(folder / "key")  # the one name under which the suite allows it
    assert "'x y' is not a username" in said


def until(terminal: int, word: str) -> str:
    """What the terminal shows, up to the word."""
    said, end = "", clock.monotonic() + 20
    while word not in said:
        assert clock.monotonic() < end, said
        if select.select([terminal], [], [], 0.2)[0]:
            said += os.read(terminal, 4096).decode()
    return said


def test_played_is_enough_where_nobody_knows_their_ids(site: Site, folder: Path) -> None:
    site.world.add_game("Seven", [5] * 7, game_id=50)
    site.earn(50, 2)
    assert init(site, games="played").code == 0
    assert 'games = ["played"]' in (folder / "config.toml").read_text()
    assert run_cli(site, "--config", "config.toml", "sync").code == 0
    assert "Seven" in run_cli(site, "--config", "config.toml", "at", "0s").out
