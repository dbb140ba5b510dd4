"""A pipe, a device or a huge file in place of the configuration or a secret is a problem, and no wait."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncer.config import load, reread_secrets
from syncer.core.errors import ConfigError

from .config_files import CANARY, GOOD, problems_of, write_config

KEY_FILE = '[api]\nusername = "Max"\nkey_file = "secret"\n[[players]]\ngames = [1]\n'
SETTINGS = {
    "key_file": (KEY_FILE, {}),
    "api_key_file": ('[[players]]\nusername = "Max"\ngames = [1]\napi_key_file = "secret"\n', {}),
    "ping_url_file": ('[health]\nping_url_file = "secret"\n', GOOD),
    "urls_file": ('[notify]\nurls_file = "secret"\n', GOOD),
    "$SYNCER_DATABASE__URL_FILE": ("", GOOD | {"SYNCER_DATABASE__URL_FILE": "secret"}),
    "$CREDENTIALS_DIRECTORY": (
        '[api]\nusername = "Max"\n[[players]]\ngames = [1]\n',
        {"CREDENTIALS_DIRECTORY": "c"},
    ),
}


@pytest.fixture
def pipe(folder: Path) -> Iterator[Path]:
    """A pipe that nobody writes. What waits for it anyway is released after five seconds."""
    path = folder / "secret"
    os.mkfifo(path)
    release = threading.Timer(5, lambda: path.write_text(""))
    release.daemon = True
    release.start()
    yield path
    assert release.is_alive(), "something waited"
    release.cancel()


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_secret_is_not_read_from_a_pipe(folder: Path, pipe: Path, setting: str) -> None:
    text, environ = SETTINGS[setting]
    (folder / "c").mkdir()
    (folder / "c" / "api_key").symlink_to(pipe)
    problems = problems_of(folder, text, environ)
    assert setting in problems[0]
    assert "the file is not a regular file" in problems[0]


@pytest.mark.parametrize("path", ["/dev/zero", "/", "link"])
def test_a_secret_is_not_read_from_a_device_or_a_folder(folder: Path, path: str) -> None:
    (folder / "link").symlink_to("/dev/zero")
    (folder / "secret").symlink_to(path)
    (problem,) = problems_of(folder, KEY_FILE)
    assert problem.endswith(f"[api] key_file: the file is not a regular file: {folder}/secret")


def test_a_secret_may_be_a_link_to_a_file_of_64_kib_and_no_more(folder: Path) -> None:
    (folder / "target").write_text(CANARY.ljust(2**16))
    (folder / "secret").symlink_to("target")
    assert load(write_config(folder, KEY_FILE), {}).owner.key.reveal() == CANARY
    (folder / "target").write_text(CANARY.ljust(2**16 + 1))
    (problem,) = problems_of(folder, KEY_FILE)
    assert "the file is too large for a secret (more than 64 KiB)" in problem


def test_a_configuration_is_a_regular_file_of_8_mib_at_most(folder: Path, pipe: Path) -> None:
    with pytest.raises(ConfigError) as found:
        load(pipe, GOOD)
    assert found.value.problems == (f"{pipe}: is not a regular file",)
    config = load(write_config(folder, "#" * 2**23), GOOD)
    (problem,) = problems_of(folder, "#" * (2**23 + 1), GOOD)
    assert problem.endswith("config.toml: is too large for a configuration (more than 8192 KiB)")
    # Where it becomes a pipe while a daemon runs, its secrets stay.
    pipe.replace(folder / "config.toml")
    assert reread_secrets(config).owner.key.reveal() == CANARY


def test_certificates_are_not_read_from_a_pipe(folder: Path, pipe: Path) -> None:
    (problem,) = problems_of(folder, '[api]\nca_file = "secret"\n', GOOD)
    assert problem.endswith(f"'{pipe}' is not a file with certificates")
