"""Chromium, and a page that collects everything that goes wrong in it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Dialog, Page, Playwright, Request, Response

from tests.edges.sql_facts import NOW
from tests.waiting import PATIENCE

PROGRAM = Path("/usr/bin/chromium")  # Debian's package; .ci/run installs it
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
PAGE_CHECKS = (Path(__file__).parent / "page_checks.js").read_text("utf-8")
DRAWN = "() => document.querySelectorAll('[data-chart]:not([data-drawn])').length === 0"
Scheme = Literal["light", "dark"]
PHONE, DESKTOP = 360, 1280


@dataclass
class WatchedPage:
    """A page and its problems: console messages, errors, failed requests and requests to other hosts."""

    page: Page
    address: str
    scripted: bool = True
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda message: self.report(f"console: {message.text}"))
        self.page.on("pageerror", lambda error: self.report(f"error: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._answered)
        self.page.on("request", self._asked)
        self.page.on("dialog", self._interrupted)

    def report(self, problem: str) -> None:
        self.problems.append(problem)

    def _failed(self, request: Request) -> None:
        """Report a failed request, but not that a navigation aborted an icon or a script, which load last."""
        if not (request.failure == "net::ERR_ABORTED" and "/static/" in request.url):
            self.report(f"failed: {request.url} {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.report(f"{response.status}: {response.url}")

    def _asked(self, request: Request) -> None:
        # An address may hold a login: me:password@host.
        is_own_host = urlsplit(request.url).netloc.rpartition("@")[2] == urlsplit(self.address).netloc
        if not is_own_host and not request.url.startswith(("data:", "blob:")):
            self.report(f"requested {request.url}")

    def _interrupted(self, dialog: Dialog) -> None:
        self.report(f"dialog: {dialog.message}")
        dialog.dismiss()

    def open(self, path: str) -> Page:
        """Open a page and wait until its charts are drawn."""
        self.page.goto(self.address + path)
        if self.scripted:
            self.page.wait_for_function(DRAWN)
        return self.page


@contextmanager
def chromium(playwright: Playwright, folder: Path) -> Iterator[Browser]:
    """Start Chromium with a temporary profile."""
    places = {name: str(folder) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")}
    # The path of a socket has at most 107 characters, which the folder of a worker in memory may exceed.
    with TemporaryDirectory(prefix="chromium-") as short:
        environ: dict[str, str | float | bool] = {**os.environ, **places, "TMPDIR": short}
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=list(FLAGS), env=environ)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def open_page(
    browser: Browser,
    address: str,
    width: int,
    scheme: Scheme = "light",
    *,
    script: bool = True,
    now: datetime = NOW,
) -> Iterator[WatchedPage]:
    """Open a new tab of that width, with the clock of the demo pages."""
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,
        java_script_enabled=script,
        timezone_id="America/New_York",  # another zone than the pages
    )
    context.set_default_timeout(PATIENCE * 1000)
    if script:
        context.clock.set_fixed_time(now)
    try:
        yield WatchedPage(context.new_page(), address, script)
    finally:
        context.close()
