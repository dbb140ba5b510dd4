"""One browser for all its tests, and the pages of an exhibition to look at."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, sync_playwright

from syncer.store.admin.upgrade import upgrade
from syncer.store.db.engine import Database
from syncer.web.app.application import create_app
from syncer.web.app.context import Context
from syncer.web.asgi.server import PageServer
from syncer.web.routes import routes
from tests.edges.demo_pages import DemoPages, exhibition
from tests.edges.sql_facts import GAP_AFTER

from .browser import PROGRAM, chromium

SCREENSHOTS = "SYNCER_TEST_SCREENSHOTS"  # a folder to keep them in


@pytest.fixture(scope="package")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """For this folder only: while playwright runs, its thread belongs to an event loop."""
    if not PROGRAM.exists():
        pytest.skip(f"{PROGRAM} is not there; on Debian: apt-get install chromium")
    with sync_playwright() as playwright, chromium(playwright, tmp_path_factory.mktemp("chromium")) as made:
        yield made


@pytest.fixture(scope="package")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    named = os.environ.get(SCREENSHOTS)
    folder = Path(named) if named else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="package")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoPages]:
    made = exhibition(tmp_path_factory.mktemp("exhibition") / "syncer.db")
    yield made
    made.database.close()


@contextmanager
def pages_of(shown: DemoPages) -> Iterator[str]:
    """The address of the real pages, on a free port of this machine; no slash at its end."""
    context = Context(shown.queries, shown.now, ZoneInfo("Europe/Berlin"), GAP_AFTER)
    with PageServer(create_app(context, routes()), "127.0.0.1", 0) as server:
        yield server.address.rstrip("/")


@pytest.fixture(scope="package")
def address(shown: DemoPages) -> Iterator[str]:
    with pages_of(shown) as found:
        yield found


@pytest.fixture
def empty_address(tmp_path: Path) -> Iterator[str]:
    """Of a history that has not begun."""
    nothing = DemoPages(Database(f"sqlite:///{tmp_path / 'syncer.db'}"))
    upgrade(nothing.database, nothing.moment)
    with pages_of(nothing) as found:
        yield found
    nothing.database.close()
