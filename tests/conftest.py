"""What all tests share: a clean environment, and each database for real."""

import os
import stat
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
    found = [] if server.save_titles else [file for file in files_below(server.folder) if holds_canary(file)]
    server.close()
    assert found == []


CANARY = b"canary0canary0"  # how the key of the simulated site begins
KEY_FILE = "key"  # the one place where a test writes it, as a user would


def files_below(folder: Path) -> list[Path]:
    named = (Path(place, name) for place, _, names in os.walk(folder) for name in names)
    return [file for file in named if not is_catalogue(file.name) and is_plain(file)]


def is_catalogue(name: str) -> bool:
    """Of PostgreSQL: three hundred files of each database. Whatever others make is numbered from 16384 on."""
    number = name.partition("_")[0]
    return number.isdecimal() and int(number) < 16384


def is_plain(file: Path) -> bool:
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
    """No test may print the key, at any log level: what it said is part of the report."""
    said = report.longreprtext + "".join(text for _, text in report.sections)
    if report.passed and CANARY.decode() in said:
        raise AssertionError(f"the key stands in what {report.nodeid} wrote")


@pytest.fixture(scope="session", autouse=True)
def _no_key_in_any_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """After the last test: whatever the suite wrote anywhere below its folder does not hold the key."""
    yield
    assert [file for file in files_below(tmp_path_factory.getbasetemp()) if holds_canary(file)] == []


@pytest.fixture
def postgres_url(postgres_server: Server) -> Iterator[str]:
    url = postgres_server.borrow_database()
    yield url
    postgres_server.give_back(url)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'syncer.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url
