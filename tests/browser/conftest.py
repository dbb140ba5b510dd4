"""One browser for all its tests, and the pages of an exhibition to look at."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

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
