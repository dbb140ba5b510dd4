"""init writes a configuration that works, or nothing."""

import os
import pty
import resource
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from syncer.cli.support.new_files import create
from syncer.core.clock import SystemClock
from syncer.core.errors import ConfigError
from tests.waiting import PATIENCE, read_until

from .simulated_site import KEY, CliResult, Site, run_cli

clock = SystemClock()


@pytest.fixture
def folder(site: Site, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for a new user. Only the address of the site is not the real one."""
    empty = site.folder / "new"
    empty.mkdir()
    (empty / "key").write_text(KEY + "\n")
    monkeypatch.chdir(empty)
    monkeypatch.setenv("SYNCER_API__BASE_URL", site.server.base_url)
    monkeypatch.setenv("SYNCER_DATABASE__URL", f"sqlite:///{empty / 'x.db'}")
    return empty


def init(site: Site, *more: str, username: str = "Tester", games: str = "1,2", key: str = "key") -> CliResult:
    options = ("--username", username, "--games", games, "--key-file", key)
    return run_cli(site, "--config", "config.toml", "init", "--yes", *options, *more)


def test_options_write_a_configuration_that_works(site: Site, folder: Path) -> None:
    result = init(site, "--database", f"sqlite:///{folder / 'mine.db'}")
    assert (result.code, "Next: syncer sync" in result.out) == (0, True)
    assert stat.S_IMODE((folder / "config.toml").stat().st_mode) == 0o600
    assert KEY not in (folder / "config.toml").read_text()
    assert len(site.server.requests) == 2
    assert run_cli(site, "--config", "config.toml", "sync").code == 0


def test_an_existing_file_is_never_overwritten(site: Site, folder: Path) -> None:
    (folder / "config.toml").write_text("mine")
    result = init(site)
    assert (result.code, "exists already" in result.err) == (78, True)
    assert (folder / "config.toml").read_text() == "mine"
    assert site.server.requests == []


@pytest.mark.parametrize(
    ("wrong", "code", "message"),
    [
        ({"username": "Testerr"}, 78, "Correct the name"),
        ({"username": "Tes ter"}, 2, "not a username"),
        ({"games": "1,two"}, 2, "'two' is not a game id"),
        ({"key": "nowhere"}, 78, "cannot be read"),
        ({"key": "wrong"}, 77, "Correct the key"),
    ],
)
def test_a_wrong_answer_writes_nothing_and_can_be_corrected(
    site: Site, folder: Path, wrong: dict[str, str], code: int, message: str
) -> None:
    (folder / "wrong").write_text("not0the0key")
    result = init(site, **wrong)
    assert (result.code, message in result.err) == (code, True), result.err
    assert not (folder / "config.toml").exists()
    assert init(site).code == 0


def test_the_database_cannot_share_a_file_with_the_settings(
    site: Site, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SYNCER_DATABASE__URL")
    shared = [("config.toml", "config.toml"), ("config.toml", "../new/config.toml"), ("config.toml", "key")]
    for config, database in [*shared, ("config-journal", "config")]:
        options = ("--username", "Tester", "--games", "1", "--key-file", "key")
        result = run_cli(
            site, "--config", config, "init", "--yes", *options, "--database", f"sqlite:///{database}"
        )
        assert (result.code, "would also belong to the database" in result.err) == (78, True), result.err
        assert "Nothing was written." in result.err
    assert [file.name for file in folder.iterdir()] == ["key"]
    assert (folder / "key").read_text() == KEY + "\n"


def test_a_closed_port_is_reported(site: Site, folder: Path) -> None:
    elsewhere = {"SYNCER_API__BASE_URL": "http://127.0.0.1:1/API"}
    words = ("init", "--yes", "--username", "Tester", "--games", "1", "--key-file", "key")
    result = run_cli(site, "--config", "config.toml", *words, environ=elsewhere)
    assert (result.code, "Check the network, then try again" in result.err) == (69, True)


def test_without_a_terminal_missing_options_are_listed(site: Site, folder: Path) -> None:
    result = run_cli(site, "--config", "config.toml", "init", "--yes")
    assert (result.code, "--username, --games, --key-file" in result.err) == (2, True)


def test_games_without_achievements_are_listed(site: Site, folder: Path) -> None:
    assert "999999" in init(site, games="1,999999").err


def test_a_terminal_is_prompted_and_the_key_gets_its_own_file(site: Site, folder: Path) -> None:
    terminal, child_end = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "syncer", "--config", "config.toml", "init"],
        stdin=child_end,
        stdout=child_end,
        stderr=child_end,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        close_fds=True,
    )
    os.close(child_end)
    output = ""
    first = (("name", "x y"), ("Error", "Testerr"), ("not shown", "not0the0key"), ("ids", "1, 2"))
    # What the site refuses is asked again, and nothing else.
    for question, answer in (*first, ("not shown", KEY), ("Your name", "Tester")):
        output += read_until(terminal, question)
        os.write(terminal, f"{answer}\n".encode())
    output += read_until(terminal, "Next: syncer sync")
    assert child.wait(PATIENCE) == 0
    os.close(terminal)
    assert KEY not in output
    assert (folder / "api_key").read_text() == KEY + "\n"
    assert stat.S_IMODE((folder / "api_key").stat().st_mode) == 0o600
    (folder / "api_key").rename(folder / "key")  # the test suite checks that no other file holds it
    assert "'x y' is not a username" in output
    assert output.count("Your games") == 1
    assert all(words in output for words in ("refused the key", "no player Testerr"))
    assert output.count("(site: Settings, Web API Key)") == 2


def test_played_needs_no_ids(site: Site, folder: Path) -> None:
    site.world.add_game("Seven", [5] * 7, game_id=50)
    site.earn(50, 2)
    assert init(site, games="played").code == 0
    assert 'games = ["played"]' in (folder / "config.toml").read_text()
    assert run_cli(site, "--config", "config.toml", "sync").code == 0
    assert "Seven" in run_cli(site, "--config", "config.toml", "at", "0s").out


class Untouched:
    """A terminal as stdin, of which nothing may be read."""

    def isatty(self) -> bool:
        return True

    def readline(self, *_: object) -> str:
        raise AssertionError("a question was asked")


def test_that_a_file_cannot_be_written_is_said_before_the_first_question(
    site: Site, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", Untouched())
    (folder / "link").symlink_to("nowhere")
    for path in ("no/config.toml", f"{'n' * 300}", "/proc/config.toml", "key/config.toml"):
        result = run_cli(site, "--config", path, "init")
        assert (result.code, f"{path} cannot be written" in result.err) == (78, True), result.err
    for path in ("link", "key"):
        assert f"{path} exists already" in run_cli(site, "--config", path, "init").err
    (folder / "api_key").touch()
    assert "api_key exists already" in run_cli(site, "--config", "config.toml", "init").err
    assert sorted(file.name for file in folder.iterdir()) == ["api_key", "key", "link"]


def test_a_full_disk_leaves_no_part_of_a_file(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))
    try:
        with pytest.raises(ConfigError, match="File too large"):
            create(tmp_path / "config.toml", "more than that fits")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not (tmp_path / "config.toml").exists()


def test_without_a_configuration_every_command_says_how_to_create_one(
    site: Site, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    nothing = {"SYNCER_CONFIG": "", "SYNCER_DATABASE__URL": ""}
    helped = run_cli(site, "status", environ=nothing).err
    assert "syncer --config" not in helped
    expected = "syncer: no configuration yet\n  - none of these files exists: config.toml, "
    assert helped.startswith(expected), helped
    for words in ("status", "sync", "run", "config check", "db check", "fetch Max 1"):
        # To read, the variable of the database is a configuration; to send, it is none.
        for environ in (nothing, {"SYNCER_CONFIG": ""}) if words in ("sync", "run") else (nothing,):
            result = run_cli(site, *words.split(), environ=environ)
            assert (result.code, result.err) == (78, helped)
    assert "Otherwise create one: syncer init" in helped
    assert "in another folder" in helped
    result = run_cli(site, "doctor", environ={"SYNCER_CONFIG": ""})
    assert (result.code, "no configuration yet" in result.out) == (78, True)
    # With a part of one in the environment, what is missing is named instead.
    result = run_cli(site, "sync", environ={"SYNCER_CONFIG": "", "SYNCER_API__USERNAME": "Max"})
    assert "no key" in result.err
