"""A changed file with a secret is noticed, and only the secret is read again."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from syncer.config import Config, SecretWatch, load, reread_secrets
from syncer.core.errors import ConfigError

from .config_files import CANARY, write_config

PLAYERS = '[[players]]\nusername = "Max"\ngames = [1]\n[[players]]\nusername = "Moe"\ngames = [2]\n'
API = '[api]\nusername = "Max"\n'
NEW = "canary0secret0new"
FORMS: dict[str, tuple[str, dict[str, str], Callable[[Config], str]]] = {
    "key_file": (f'{API}key_file = "secret"\n{PLAYERS}', {}, lambda c: c.players[0].key.reveal()),
    "a player's key file": (
        f'{API}key = "k"\n{PLAYERS}api_key_file = "secret"\n',
        {},
        lambda c: c.players[1].key.reveal(),
    ),
    "a variable": (API + PLAYERS, {"SYNCER_API__KEY_FILE": "secret"}, lambda c: c.owner.key.reveal()),
    "a credential": (API + PLAYERS, {"CREDENTIALS_DIRECTORY": "."}, lambda c: c.owner.key.reveal()),
    "the heartbeat": (
        f'{API}key = "k"\n[health]\nping_url_file = "secret"\n{PLAYERS}',
        {},
        lambda c: c.ping_url.reveal().removeprefix("https://"),
    ),
    "the services": (
        f'{API}key = "k"\n[notify]\nurls_file = "secret"\n{PLAYERS}',
        {},
        lambda c: c.services[0].url.reveal().removeprefix("https://"),
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_replaced_secret_is_read_again(folder: Path, form: str) -> None:
    text, environ, secret_of = FORMS[form]
    file = folder / ("api_key" if form == "a credential" else "secret")
    prefix = "https://" if form.startswith("the ") else ""
    file.write_text(f"{prefix}{CANARY}\n")
    config, watch = load(write_config(folder, text), environ), SecretWatch()
    assert (secret_of(config), watch.has_changed(config.sources)) == (CANARY, False)
    replacement = folder / "new"
    replacement.write_text(f"{prefix}{NEW}\n")
    os.replace(replacement, file)
    assert settled(watch, config)
    config = reread_secrets(config)
    assert (secret_of(config), settled(watch, config)) == (NEW, False)
    assert NEW not in repr(config)


def settled(watch: SecretWatch, config: Config) -> bool:
    return [watch.has_changed(config.sources) for _ in range(3)] == [False, True, False]


def test_a_file_that_is_being_written_is_not_read_yet(folder: Path) -> None:
    (folder / "secret").write_text(CANARY)
    config, watch = load(write_config(folder, FORMS["key_file"][0]), {}), SecretWatch()
    steps = [watch.has_changed(config.sources)]
    for text in ("", "canary0", NEW):
        (folder / "secret").write_text(text)
        steps.append(watch.has_changed(config.sources))
    assert steps == [False] * 4
    assert watch.has_changed(config.sources)


def test_a_secret_that_cannot_be_read_is_reported_once_and_read_when_it_is_back(folder: Path) -> None:
    file = folder / "secret"
    file.write_text(CANARY)
    config, watch = load(write_config(folder, FORMS["key_file"][0]), {}), SecretWatch()
    file.unlink()
    assert settled(watch, config)
    with pytest.raises(ConfigError):
        reread_secrets(config)
    assert not settled(watch, config)
    file.write_text(NEW)
    assert settled(watch, config)
    assert reread_secrets(config).players[0].key.reveal() == NEW


def test_only_the_key_of_a_changed_configuration_is_taken(folder: Path) -> None:
    text = f'{API}key = "{CANARY}"\n{PLAYERS}'
    path = write_config(folder, text)
    config = load(path, {})
    path.write_text(text.replace(CANARY, NEW))
    config = reread_secrets(config)
    assert config.owner.key.reveal() == NEW
    # Other changes wait for SIGHUP: a person may be in the middle of them.
    for half in (text.replace("[1]", "[1, 5]"), text.replace("[1]", "[1, "), "[api"):
        path.write_text(half)
        config = reread_secrets(config)
        assert (config.owner.key.reveal(), config.players[0].games) == (NEW, (1,))
