"""The checks of the pages find every mistake of a page that has them all."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser

from .axe import serious_violations
from .browser import PAGE_CHECKS, PHONE, open_page

BAD_PAGE = """<!doctype html><body style="background: white"><h1>One</h1><h1>Two</h1><h3>Leap</h3>
<img src="data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==">
<a href="#x"></a><button></button><table><tr><td>1</td></tr></table><input><select></select>
<canvas></canvas><p id="a" style="color: #999">Pale</p><p id="a" style="color: #767676">Just right</p>
<p style="color: #888; font-size: 24px">Large</p><div style="width: 2000px">Wide</div>
<div style="overflow: auto"><table style="width: 999px"><caption>C</caption><tr><th>1</th></tr></table></div>
<script>console.log("hello"); fetch("/missing"); fetch("http://127.0.0.2:1/"); alert(1); oops()</script>"""
MISTAKES = [
    "no lang attribute",
    "no title",
    "2 h1",
    "0 main",
    "skipped heading level: 1,1,3",
    "duplicate id",
    "no alt",
    "link without text",
    "button without text",
    "no caption",
    "no header cells",
    "canvas without a name",
    "no label",
    "no label",
    "page scrolls sideways",
    "table is cut off",
    "contrast 2.85",
]

SERIOUS = {  # by axe-core, in the same page
    *("button-name", "color-contrast", "html-has-lang", "image-alt", "label", "link-name", "select-name"),
    *("document-title", "scrollable-region-focusable"),
}


class BadHandler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/" else 404)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(BAD_PAGE.encode() if self.path == "/" else b"")

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def bad_address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), BadHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_every_mistake_is_found(browser: Browser, bad_address: str) -> None:
    with open_page(browser, bad_address, PHONE) as watched:
        page = watched.open("/")
        found = page.evaluate(PAGE_CHECKS)
        assert [
            problem.partition(":")[0] for problem in found if not problem.startswith("skipped heading")
        ] == [problem for problem in MISTAKES if not problem.startswith("skipped heading")]
        assert "skipped heading level: 1,1,3" in found
        assert {problem.partition(":")[0] for problem in serious_violations(page)} == SERIOUS
        page.wait_for_load_state("networkidle")  # the answers to both fetches may be late
        kinds = {problem.partition(":")[0] for problem in watched.problems}
        assert kinds >= {"console", "error", "404", "dialog", "failed", "requested http"}
