"""Where settings come from, and what they are by default."""

import os
import re
from datetime import timedelta
from pathlib import Path

import pytest

from syncer.config import Config, Secret, find_config_file, load, local_zone, parse_duration
from syncer.config.values import serialize_duration
from syncer.core.errors import ConfigError
from syncer.core.model.schedule import DailySchedule, IntervalSchedule

from .config_files import CANARY, GOOD, write_config


def test_the_environment_alone_is_enough(folder: Path) -> None:
    config = load(None, GOOD)
    (player,) = config.players
    assert (player.username, player.games, player.api_username) == ("Max", (1, 2), "Max")
    assert player.key == Secret(CANARY)
    assert (config.schedule, config.auto_upgrade) == (IntervalSchedule(timedelta(minutes=15)), True)
    assert CANARY not in repr(config)


def test_the_environment_has_precedence_and_unrelated_variables_are_ignored(folder: Path) -> None:
    path = write_config(
        folder, '[api]\nbatch_size=7\n[schedule]\nat=["06:00","18:30"]\ntimezone="Europe/Berlin"\n'
    )
    more = {
        "SYNCER_API__BATCH_SIZE": "9",
        "SYNCER_PORT": "tcp://10.0.0.1",
        "SYNCER_DATABASE__AUTO_UPGRADE": "false",
    }
    config = load(path, GOOD | more)
    assert (config.batch_size, config.auto_upgrade) == (9, False)
    assert isinstance(config.schedule, DailySchedule)
    assert ("api.batch_size", 9, "$SYNCER_API__BATCH_SIZE") in config.shown
    assert ("api.key", "***", "$SYNCER_API__KEY") in config.shown


def test_the_first_existing_file_is_used(folder: Path) -> None:
    here = write_config(folder, "")
    named = folder / "named.toml"
    named.touch()
    assert find_config_file(None, {}) == Path("config.toml")
    assert find_config_file(None, {"SYNCER_CONFIG": str(named)}) == named
    assert find_config_file(here, {"SYNCER_CONFIG": str(named)}) == here
    with pytest.raises(ConfigError):
        find_config_file(folder / "missing.toml", {})
    here.unlink()
    assert find_config_file(None, {}) is None


def test_every_file_with_settings_is_listed(folder: Path) -> None:
    (folder / "key").write_text("k")
    (folder / "url").write_text("sqlite:///x.db")
    path = write_config(folder, '[api]\nkey_file="key"\nusername="Max"\n')
    environ = {"SYNCER_DATABASE__URL_FILE": "url", "SYNCER_API__BURST": "3"}
    assert {file.name for file in load(path, environ).files} == {"config.toml", "key", "url"}


def test_a_readable_key_and_a_shared_key_are_warned_of(folder: Path) -> None:
    path = write_config(folder, '[api]\nusername="Max"\nkey="k"\n[[players]]\ngames=[1]\n')
    path.chmod(0o644)
    assert "chmod 600" in load(path, {}).warnings[0]
    players = "".join(f'[[players]]\nusername="Max{n}"\ngames=[1]\n' for n in range(6))
    assert "more than five" in load(write_config(folder, f'[api]\nkey="k"\n{players}'), {}).warnings[0]


def test_the_example_can_be_loaded_and_is_complete(folder: Path) -> None:
    example = Path(__file__).parents[2] / "config.example.toml"
    text = example.read_text()
    environ = {"SYNCER_API__KEY": CANARY}
    config = load(write_config(folder, text), environ)
    assert config.players[0].games == (1, 2, 3)
    names = {name.rpartition(".")[2] for name, _, _ in config.shown}
    assert [name for name in names if not re.search(rf"^#? ?{name} = ", text, re.M)] == []


def test_durations_and_zones() -> None:
    assert [parse_duration(text) for text in ("45s", "15m", "6h", "7d", "0.5s")] == [
        45,
        900,
        21600,
        604800,
        0.5,
    ]
    assert [serialize_duration(length) for length in (0, 45, 900, 21600, 0.5)] == [
        "0s",
        "45s",
        "15m",
        "6h",
        "0.5s",
    ]
    assert local_zone({"TZ": "Europe/Berlin"}).key == "Europe/Berlin"
    assert local_zone({"TZ": "Bogus/Zone"}) is not None
    assert isinstance(load(None, GOOD | {"SYNCER_DATABASE__URL": "sqlite:///x.db"}), Config)
    assert os.environ.get("SYNCER_CONFIG") is None


def test_effective_values_are_shown_as_they_could_be_written() -> None:
    shown = {name: value for name, value, _ in load(None, GOOD).shown}
    assert (shown["schedule.every"], shown["database.auto_upgrade"], shown["schedule.gap_after"]) == (
        "15m",
        True,
        "30m",
    )
    assert shown["schedule.timezone"]
    assert load(None, GOOD | {"SYNCER_SCHEDULE__EVERY": "1.5h"}).shown[13][1] == "90m"


def test_an_empty_variable_is_not_set(folder: Path) -> None:
    path = write_config(folder, '[api]\nproxy="http://proxy:1"\n[schedule]\nevery="5m"\n')
    empty = dict.fromkeys(
        ("API__PROXY", "API__KEY_FILE", "DATABASE__URL", "SCHEDULE__AT", "PLAYERS__1__GAMES"), ""
    )
    config = load(path, GOOD | {f"SYNCER_{name}": value for name, value in empty.items()})
    assert (config.proxy, config.schedule) == ("http://proxy:1", IntervalSchedule(timedelta(minutes=5)))
    assert len(config.players) == 1
    path.unlink()
    assert load(None, GOOD | {"SYNCER_CONFIG": "", "CREDENTIALS_DIRECTORY": "", "TZ": ""}).files == ()
