"""Fixtures of all tests: a clean environment, and both databases."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from .compiled_once import share_compiled_statements
from .migrated import MigratedDatabases
from .postgres import Server
from .second_dialect import pytest_collection_modifyitems as pytest_collection_modifyitems

# No limit on the time of one example: it fails on a busy machine, and tests are not timed.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
share_compiled_statements()


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
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
    found = [] if server.external_url else [file for file in files_below(server.folder) if holds_canary(file)]
    server.close()
    assert found == []


CANARY = b"canary0canary0"  # the beginning of the key of the simulated site
KEY_FILE = "key"  # the only file in which a test writes it, as a user would


def files_below(folder: Path) -> list[Path]:
    paths = (Path(place, name) for place, _, names in os.walk(folder) for name in names)
    return [file for file in paths if not is_system_catalogue(file.name) and is_regular(file)]


def is_system_catalogue(name: str) -> bool:
    """Return whether a file belongs to PostgreSQL's own catalogue: user tables are numbered from 16384."""
    number = name.partition("_")[0]
    return number.isdecimal() and int(number) < 16384


def is_regular(file: Path) -> bool:
    try:
        return stat.S_ISREG(file.lstat().st_mode)
    except OSError:
        return False


def holds_canary(file: Path) -> bool:
    try:
        return file.name != KEY_FILE and file.suffix != ".py" and CANARY in file.read_bytes()
    except OSError:
        return False


@pytest.hookimpl(trylast=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Fail where a passed test has printed or logged the key, at any level."""
    output = report.longreprtext + "".join(text for _, text in report.sections)
    if report.passed and CANARY.decode() in output:
        raise AssertionError(f"the output of {report.nodeid} contains the key")


@pytest.fixture(scope="session", autouse=True)
def _no_key_in_any_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Check after the last test that no file written by the suite contains the key."""
    yield
    assert [file for file in files_below(tmp_path_factory.getbasetemp()) if holds_canary(file)] == []


@pytest.fixture
def postgres_url(postgres_server: Server) -> Iterator[str]:
    """An empty database."""
    url = postgres_server.lease_database()
    yield url
    postgres_server.return_database(url)


@pytest.fixture(scope="session")
def migrated_databases(postgres_server: Server) -> MigratedDatabases:
    return MigratedDatabases(postgres_server)


@pytest.fixture
def migrated_postgres_url(migrated_databases: MigratedDatabases) -> Iterator[str]:
    url = migrated_databases.lease()
    yield url
    migrated_databases.give_back(url)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A file that does not exist yet, or a database of PostgreSQL that has the newest schema and no rows."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'syncer.db'}"
    url: str = request.getfixturevalue("migrated_postgres_url")
    return url


@pytest.fixture(params=["sqlite", "postgres"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without a schema, for tests of migrations."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'syncer.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url
