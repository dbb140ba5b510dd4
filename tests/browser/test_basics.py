"""What looks at the pages sees what is wrong: a page with every mistake is found out."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser

from .browser import BASICS, PHONE, open_page

BAD = """<!doctype html><body style="background: white"><h1>One</h1><h1>Two</h1><h3>Leap</h3>
<img src="data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==">
<a href="#x"></a><button></button><table><tr><td>1</td></tr></table><input><select></select>
<canvas></canvas><p id="a" style="color: #999">Pale</p><p id="a" style="color: #767676">Just right</p>
<p style="color: #888; font-size: 24px">Large</p><div style="width: 2000px">Wide</div>
<div style="overflow: auto"><table style="width: 999px"><caption>C</caption><tr><th>1</th></tr></table></div>
<script>console.log("hello"); fetch("/missing"); fetch("http://127.0.0.2:1/"); alert(1); oops()</script>"""
WRONG = [
    *("the page says no language", "the page has no title", "2 h1", "0 main", "headings leap: 1,1,3"),
    *("an id stands twice", "no alt", "a link without words", "a button without words", "no caption"),
    *(
        "no heads",
        "an unnamed picture",
        "no label",
        "no label",
        "it scrolls sideways",
        "a table is cut off",
        "contrast 2.85",
    ),
]


class Bad(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/" else 404)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(BAD.encode() if self.path == "/" else b"")

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def bad_address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Bad) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_every_mistake_is_found(browser: Browser, bad_address: str) -> None:
    with open_page(browser, bad_address, PHONE) as seen:
        page = seen.open("/")
        found = page.evaluate(BASICS)
        assert [said.partition(":")[0] for said in found if not said.startswith("headings")] == [
            said for said in WRONG if not said.startswith("headings")
        ]
        assert "headings leap: 1,1,3" in found
        kinds = {said.partition(":")[0] for said in seen.complaints}
        assert kinds >= {"console", "error", "404", "dialog", "failed", "went to http"}
