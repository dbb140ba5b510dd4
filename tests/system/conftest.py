"""The simulated site for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .javascript import ready
from .simulated_site import Site, a_site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with a_site(tmp_path, f"sqlite:///{tmp_path / 'syncer.db'}") as made:
        yield made


@pytest.fixture
def each_site(tmp_path: Path, database_url: str) -> Iterator[Site]:
    """On SQLite without a file, and on PostgreSQL with the newest schema."""
    with a_site(tmp_path, database_url) as made:
        yield made


@pytest.fixture
def each_empty_site(tmp_path: Path, empty_database_url: str) -> Iterator[Site]:
    """On SQLite without a file, and on PostgreSQL without tables."""
    with a_site(tmp_path, empty_database_url) as made:
        yield made


@pytest.fixture(scope="session")
def node() -> str:
    return ready()
