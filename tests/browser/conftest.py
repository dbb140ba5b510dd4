"""One browser for all tests of this folder, and the demo pages."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from syncer.store.db.engine import Database
from syncer.web.app.application import LOCAL, Access, create_app
from syncer.web.app.context import Context
from syncer.web.asgi.server import PageServer
from syncer.web.routes import routes
from tests.edges.sql_facts import GAP_AFTER
from tests.first_sync import NOW, SMALL, create_first_sync
from tests.migrated import prepare
from tests.waiting import PATIENCE

from .browser import PROGRAM, chromium
from .demo_pages import DemoPages, create_demo_pages

expect.set_options(timeout=PATIENCE * 1000)
SCREENSHOTS = "SYNCER_TEST_SCREENSHOTS"  # the folder to keep them in


@pytest.fixture(scope="package")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Start it for this folder only: while playwright runs, its thread belongs to an event loop."""
    if not PROGRAM.exists():
        pytest.skip(f"{PROGRAM} is not there; on Debian: apt-get install chromium")
    with sync_playwright() as playwright, chromium(playwright, tmp_path_factory.mktemp("chromium")) as made:
        yield made


@pytest.fixture(scope="package")
def screenshots() -> Path | None:
    """Return the folder to keep them in, if they are wanted: they take longer than the checks."""
    if not (named := os.environ.get(SCREENSHOTS)):
        return None
    Path(named).mkdir(parents=True, exist_ok=True)
    return Path(named)


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoPages]:
    made = create_demo_pages(tmp_path_factory.mktemp("demo-pages") / "syncer.db")
    yield made
    made.database.close()


@contextmanager
def serve(demo: DemoPages, access: Access = LOCAL) -> Iterator[str]:
    """Serve the real pages on a free port; yield their address without a slash at its end."""
    context = Context(demo.queries, demo.now, ZoneInfo("Europe/Berlin"), GAP_AFTER)
    with PageServer(create_app(context, routes(), access), "127.0.0.1", 0) as server:
        yield server.address.rstrip("/")


@pytest.fixture(scope="package")
def address(demo: DemoPages) -> Iterator[str]:
    with serve(demo) as found:
        yield found


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[DemoPages]:
    """Return a database without players."""
    made = DemoPages(Database(f"sqlite:///{tmp_path / 'syncer.db'}"))
    prepare(made.database, made.moment)
    yield made
    made.database.close()


@pytest.fixture
def empty_address(empty: DemoPages) -> Iterator[str]:
    with serve(empty) as found:
        yield found


@pytest.fixture(scope="package")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of the pages after a first sync."""
    database = create_first_sync(f"sqlite:///{tmp_path_factory.mktemp('evening') / 'syncer.db'}", SMALL)
    with closing(database), serve(DemoPages(database, NOW)) as found:
        yield found
