"""Chromium, and a page that tells of everything that goes wrong in it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Dialog, Page, Playwright, Request, Response

from tests.edges.sql_facts import NOW

PROGRAM = Path("/usr/bin/chromium")  # Debian's package; .ci/run installs it
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
BASICS = (Path(__file__).parent / "basics.js").read_text("utf-8")
DRAWN = "() => document.querySelectorAll('[data-chart]:not([data-drawn])').length === 0"
Scheme = Literal["light", "dark"]
PHONE, DESK = 360, 1280


@dataclass
class Seen:
    """A page and its complaints: words in the console, errors, requests that failed or went elsewhere."""

    page: Page
    address: str
    scripted: bool = True
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda said: self.complain(f"console: {said.text}"))
        self.page.on("pageerror", lambda error: self.complain(f"error: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._answered)
        self.page.on("request", self._asked)
        self.page.on("dialog", self._interrupted)

    def complain(self, what: str) -> None:
        self.complaints.append(what)

    def _failed(self, request: Request) -> None:
        """The icon comes after the page is whole: who goes on to the next one meanwhile has cut it off."""
        if not (request.failure == "net::ERR_ABORTED" and "/icon." in request.url):
            self.complain(f"failed: {request.url} {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.complain(f"{response.status}: {response.url}")

    def _asked(self, request: Request) -> None:
        at_home = urlsplit(request.url).netloc == urlsplit(self.address).netloc
        if not at_home and not request.url.startswith(("data:", "blob:")):
            self.complain(f"went to {request.url}")

    def _interrupted(self, dialog: Dialog) -> None:
        self.complain(f"dialog: {dialog.message}")
        dialog.dismiss()

    def open(self, path: str) -> Page:
        """Until it is whole, its charts drawn."""
        self.page.goto(self.address + path)
        if self.scripted:
            self.page.wait_for_function(DRAWN)
        return self.page


@contextmanager
def chromium(playwright: Playwright, folder: Path) -> Iterator[Browser]:
    """In a profile of its own, which playwright makes and deletes."""
    places = {name: str(folder) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "TMPDIR")}
    browser = playwright.chromium.launch(
        executable_path=PROGRAM, args=list(FLAGS), env={**os.environ, **places}
    )
    try:
        yield browser
    finally:
        browser.close()


@contextmanager
def open_page(
    browser: Browser, address: str, width: int, scheme: Scheme = "light", *, script: bool = True
) -> Iterator[Seen]:
    """A new page of that width, at the present moment of the exhibition."""
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,
        java_script_enabled=script,
        timezone_id="America/New_York",  # elsewhere than the player
    )
    context.set_default_timeout(10_000)
    if script:
        context.clock.set_fixed_time(NOW)
    try:
        yield Seen(context.new_page(), address, script)
    finally:
        context.close()
