"""The pages in a real browser, behind a real nginx with a login, under a path of its site."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from syncer.web.app.application import Access
from tests.nginx import nginx

from .browser import DESKTOP, DRAWN, open_page
from .conftest import serve
from .demo_pages import HOSTILE, DemoPages
from .test_pages import PAGES

DOCUMENT = (Path(__file__).parents[2] / "docs" / "proxy.md").read_text("utf-8")
LOCATION = next(iter(re.findall(r"```nginx\n(.*?)```", DOCUMENT, re.S)))
USER, PASSWORD = "me", "secret"


@pytest.fixture
def proxied(demo: DemoPages, tmp_path: Path) -> Iterator[str]:
    """Serve the pages as docs/proxy.md has it; yield the address of nginx."""
    users = tmp_path / "users"
    users.write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
    with serve(demo, Access(base_path="/ra")) as address:
        location = LOCATION.replace("http://127.0.0.1:8765", address).replace(
            "/etc/nginx/ra-syncer.htpasswd", str(users)
        )
        with nginx(tmp_path, location) as origin:
            yield origin


def test_no_page_leaves_the_path_and_the_live_update_follows(
    browser: Browser, demo: DemoPages, proxied: str
) -> None:
    requested: list[str] = []
    with open_page(browser, proxied, DESKTOP) as watched:
        page = watched.page
        page.on("request", lambda request: requested.append(urlsplit(request.url).path))
        page.clock.install(time=demo.moment)
        # As people save it: the page keeps the login in the base of its addresses.
        page.goto(f"{proxied.replace('//', f'//{USER}:{PASSWORD}@')}/ra/")
        newest = page.locator("#changes tbody tr").first
        before = newest.text_content() or ""
        demo.earn(8)
        page.clock.fast_forward(10_000)
        expect(newest).not_to_have_text(before)
        page.wait_for_load_state("networkidle")  # a request that the next page cuts off would be a problem
        for path in PAGES.values():
            watched.open(f"/ra{path}")
        page.get_by_role("link", name="ra-syncer").click()
        page.wait_for_function(DRAWN)
        page.wait_for_load_state("networkidle")
        page.get_by_role("link", name="Games", exact=True).click()
        page.locator("main").get_by_role("button", name="Show").click()
        page.get_by_role("link", name=HOSTILE[8]).first.click()
        page.wait_for_function(DRAWN)
        assert [path for path in requested if not path.startswith("/ra/")] == []
        assert watched.problems == []
    shown = {"/ra/", "/ra/games/8", "/ra/data/version", "/ra/data/games/8", "/ra/static/pages.css"}
    assert shown <= set(requested)
