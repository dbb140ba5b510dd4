"""Every path in the configuration is relative to its folder; without a file, to the working directory."""

import os
from pathlib import Path
from typing import Any

import pytest

from syncer.config import Config, load
from syncer.core.errors import ConfigError

from .config_files import CANARY, GOOD, WHOLE_KEY, problems_of, write_config

PATHS = """
[database]
url = "sqlite:///data/syncer.db"
[api]
username = "Max"
key_file = "secrets/key"
ca_file = "ca.pem"
[health]
ping_url_file = "secrets/ping"
[notify]
urls_file = "secrets/urls"
[[players]]
games = [1]
api_key_file = "secrets/own"
"""
SETTINGS = {
    "database.url": "sqlite:///{}/data/syncer.db",
    "api.key_file": "{}/secrets/key",
    "api.ca_file": "{}/ca.pem",
    "health.ping_url_file": "{}/secrets/ping",
    "notify.urls_file": "{}/secrets/urls",
    "players.0.api_key_file": "{}/secrets/own",
}


@pytest.fixture
def home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a configuration; the working directory is another one."""
    made = folder / "etc"
    (made / "secrets").mkdir(parents=True)
    texts = {"key": CANARY, "own": CANARY, "ping": "https://ping.example/x", "urls": "ntfys://x"}
    for name, text in texts.items():
        (made / "secrets" / name).write_text(text + "\n")
        (made / "secrets" / name).chmod(0o600)
    (made / "ca.pem").symlink_to(system_certificates())
    (folder / "work").mkdir()
    monkeypatch.chdir(folder / "work")
    return made


def system_certificates() -> Path:
    import certifi

    return Path(certifi.where())


def shown(config: Config) -> dict[str, Any]:
    return {name: value for name, value, _ in config.shown}


@pytest.mark.parametrize("relative", [False, True])
def test_every_path_begins_in_the_folder_of_the_configuration(home: Path, relative: bool) -> None:
    path = write_config(home, PATHS)
    config = load(Path(os.path.relpath(path)) if relative else path, {})
    found = {name: value for name, value in shown(config).items() if name in SETTINGS}
    # From a relative --config, too, the paths that are shown are absolute.
    assert found == {name: text.format(home) for name, text in SETTINGS.items()}
    assert config.database_url.reveal() == f"sqlite:///{home}/data/syncer.db"


def test_a_path_in_the_environment_follows_the_same_rule(home: Path) -> None:
    environ = {
        "SYNCER_DATABASE__URL": "sqlite:///own.db",
        "SYNCER_API__USERNAME": "Max",
        "SYNCER_API__KEY_FILE": "secrets/key",
    }
    config = load(write_config(home, ""), environ)
    assert config.database_url.reveal() == f"sqlite:///{home}/own.db"
    assert config.players[0].key.reveal() == CANARY
    with_home = load(write_config(home, ""), GOOD | {"SYNCER_DATABASE__URL": "sqlite:///own.db"})
    assert with_home.database_url == config.database_url


def test_without_a_file_paths_begin_in_the_working_directory(home: Path) -> None:
    config = load(None, GOOD | {"SYNCER_DATABASE__URL": "sqlite:///x.db"})
    assert config.database_url.reveal() == f"sqlite:///{Path.cwd()}/x.db"


@pytest.mark.parametrize("name", ["~/key", "~/./key"])
def test_a_tilde_is_the_home_folder(home: Path, name: str) -> None:
    user = Path(os.environ["HOME"])
    (user / "key").write_text(CANARY)
    (user / "key").chmod(0o600)
    text = f'[database]\nurl = "sqlite:///~/x.db"\n[api]\nusername = "Max"\nkey_file = "{name}"\n'
    config = load(write_config(home, text), {"SYNCER_CONFIG": "~/nowhere.toml"})
    assert (config.database_url.reveal(), config.owner.key.reveal()) == (f"sqlite:///{user}/x.db", CANARY)
    (user / "config.toml").write_text(text)
    assert load(None, {"SYNCER_CONFIG": "~/config.toml"}).files[0] == user / "config.toml"


def test_a_tilde_without_a_known_home_is_a_problem(home: Path) -> None:
    problems = problems_of(home, '[database]\nurl = "sqlite:///~nobody-of-that-name/x.db"\n', GOOD)
    assert "[database] url: '~nobody-of-that-name/x.db': the home folder is not known" in problems[0]
    (missing,) = problems_of(home, '[api]\nusername = "Max"\nkey_file = "~nobody-of-that-name/key"\n')
    assert "home folder is not known" in missing


def test_options_after_a_sqlite_file_are_refused(home: Path) -> None:
    (problem,) = problems_of(home, '[database]\nurl = "sqlite:///x.db?mode=ro"\n', GOOD)
    assert "takes no options" in problem


def test_a_database_where_earlier_versions_looked_is_pointed_out(home: Path) -> None:
    former = Path("syncer.db").absolute()
    former.write_bytes(b"history")
    path = write_config(home, '[database]\nurl = "sqlite:///syncer.db"\n')
    config = load(path, GOOD | WHOLE_KEY)
    (warning,) = config.warnings
    assert str(home / "syncer.db") in warning
    assert f'[database] url = "sqlite:///{former}"' in warning
    assert config.former_database == former
    # Not where the path was absolute, and not once a database stands at the new place.
    assert (
        load(path, GOOD | WHOLE_KEY | {"SYNCER_DATABASE__URL": f"sqlite:///{home}/syncer.db"}).warnings == ()
    )
    (home / "syncer.db").write_bytes(b"another")
    assert load(path, GOOD | WHOLE_KEY).warnings == ()


def test_a_missing_file_is_named_by_its_absolute_path(home: Path) -> None:
    with pytest.raises(ConfigError) as found:
        load(write_config(home, ""), GOOD | {"SYNCER_HEALTH__PING_URL_FILE": "nowhere"})
    assert found.value.problems == (
        f"$SYNCER_HEALTH__PING_URL_FILE: the file cannot be read (No such file or directory): {home}/nowhere",
    )


def test_a_user_without_a_home_must_name_the_database(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # as without HOME and without an account
    monkeypatch.delenv("XDG_DATA_HOME")
    (problem,) = problems_of(home, "", GOOD)
    assert "[database] url: no home folder" in problem
