"""Secrets come from the configuration, the environment or files, and are never shown."""

from pathlib import Path

import pytest

from syncer.config import load
from syncer.core.errors import DatabaseIncompatible
from syncer.store.db.engine import Database

from .config_files import CANARY, GOOD, problems_of, write_config

PING = "https://ping.example/canary0secret"


def test_a_secret_is_read_from_a_file_without_its_last_newline(folder: Path) -> None:
    (folder / "key").write_text(CANARY + "\r\n")
    (folder / "empty").write_text("\n")
    text = '[api]\nusername="Max"\nkey_file="key"\n[[players]]\ngames=[1]\n'
    assert load(write_config(folder, text), {}).players[0].key.reveal() == CANARY
    environ = {k: v for k, v in GOOD.items() if k != "SYNCER_API__KEY"}
    assert (
        load(None, environ | {"SYNCER_API__KEY_FILE": str(folder / "key")}).players[0].key.reveal() == CANARY
    )
    (folder / "api_key").write_text(CANARY)
    (folder / "config.toml").unlink()
    assert load(None, environ | {"CREDENTIALS_DIRECTORY": str(folder)}).players[0].key.reveal() == CANARY
    assert "empty" in problems_of(folder, "", environ | {"SYNCER_API__KEY_FILE": str(folder / "empty")})[0]


def test_a_missing_secret_file_is_one_problem(folder: Path) -> None:
    (problem,) = problems_of(folder, '[health]\nping_url_file = "nowhere"\n', GOOD)
    assert "cannot be read" in problem
    (other,) = problems_of(
        folder, '[api]\nkey_file = "nowhere"\nusername = "Max"\n[[players]]\ngames = [1]\n'
    )
    assert "cannot be read" in other


def test_a_ping_url_from_a_file_is_masked(folder: Path) -> None:
    (folder / "ping").write_text(PING + "\n")
    (folder / "ping").chmod(0o600)
    by_file = load(write_config(folder, '[health]\nping_url_file = "ping"\n'), GOOD)
    by_variable = load(None, GOOD | {"SYNCER_HEALTH__PING_URL_FILE": str(folder / "ping")})
    for config in (by_file, by_variable):
        assert config.ping_url.reveal() == PING
        assert CANARY not in repr(config)
        assert ("health.ping_url", "***") in [row[:2] for row in config.shown]


def test_postgres_is_masked_and_not_upgraded_automatically(folder: Path) -> None:
    config = load(None, GOOD | {"SYNCER_DATABASE__URL": "postgres://max:hunter2@host/db"})
    assert not config.auto_upgrade
    assert "hunter2" not in repr(config)
    assert ("database.url", "postgres://max:***@host/db", "$SYNCER_DATABASE__URL") in config.shown


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://u:{CANARY}@host/db",
        f"postgresql://u:a@{CANARY}@h/d",
        f"postgresql:///db?password={CANARY}&host=x",
    ],
)
def test_a_database_password_is_masked(url: str) -> None:
    config = load(None, GOOD | {"SYNCER_DATABASE__URL": url})
    assert CANARY not in repr(config)
    assert "***" in str(dict((name, value) for name, value, _ in config.shown)["database.url"])


@pytest.mark.parametrize("option", ["password", "sslpassword"])
def test_the_name_of_a_database_contains_no_password(option: str) -> None:
    database = Database(f"postgresql://u:{CANARY}@host:5433/db?{option}={CANARY}&sslmode=require")
    assert database.name == "postgresql://u:***@host:5433/db"
    with pytest.raises(DatabaseIncompatible) as error:
        Database(f"postgresql://u:a@{CANARY}@host/db")
    assert CANARY not in error.value.message + error.value.hint
