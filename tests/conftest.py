"""What all tests share: a clean environment, and each database for real."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from .postgres import Server


@pytest.fixture(autouse=True)
def _nothing_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("SYNCER_") and not name.startswith("SYNCER_TEST_"):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def postgres_url(postgres_server: Server) -> str:
    return postgres_server.create_database()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'syncer.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url
