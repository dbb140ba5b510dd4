"""Fixtures of the oracle: a database for the named cases, seasons that the workers share."""

import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from tests.postgres import Server

from .outcome import Outcome, run
from .season import SHORT_SEASON

DIALECTS = ("sqlite", "postgres")


@pytest.fixture(scope="session", params=DIALECTS)
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a database that all named cases share."""
    return new_database(request.param, request, tmp_path_factory)


def new_database(dialect: str, request: pytest.FixtureRequest, folders: pytest.TempPathFactory) -> str:
    if dialect == "sqlite":
        return f"sqlite:///{folders.mktemp('oracle') / 'syncer.db'}"
    server: Server = request.getfixturevalue("postgres_server")
    return server.create_database()


@pytest.fixture(scope="session")
def short_season(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Outcome]:
    """Return what gives the short season on a database: it is run once, by the first worker that asks."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def outcome(dialect: str) -> Outcome:
        file = Path(shared / f"oracle-{dialect}.pickle")
        with FileLock(f"{file}.lock"):
            if not file.exists():
                file.write_bytes(b"the season ended with an error: see the first test that needed it")
                made = run(SHORT_SEASON, 1, new_database(dialect, request, tmp_path_factory))
                file.write_bytes(pickle.dumps(made))
        found: Outcome = pickle.loads(file.read_bytes())
        return found

    return outcome
