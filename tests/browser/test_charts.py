"""The charts in a real browser: zoom and range buttons."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from syncer.store.db.tables import unlocks
from tests.edges.harness import START, SyncHarness
from tests.edges.web.harness import context_of, served, unlock

from .browser import DESKTOP, PHONE, open_page

CHARTED = ("/", "/games/7")


@contextmanager
def redrawn(page: Page) -> Iterator[None]:
    """Wait until another chart is drawn."""
    page.evaluate("() => { document.querySelector('.uplot').dataset.previous = '' }")
    yield
    page.wait_for_selector(".uplot:not([data-previous])")


def left_edge(page: Page) -> str:
    """Return the time that the legend shows at the left edge of the chart."""
    page.locator(".plot .u-over").hover(position={"x": 2, "y": 50})
    return page.locator(".u-legend .u-value").first.inner_text()


def drag(page: Page, begin: float, end: float) -> None:
    box = page.locator(".plot .u-over").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * begin, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * end, box["y"] + 60, steps=4)
    page.mouse.up()


@pytest.mark.parametrize("path", CHARTED)
def test_dragging_zooms_and_a_range_button_resets(path: str, browser: Browser, address: str) -> None:
    with open_page(browser, address, DESKTOP) as watched:
        page = watched.open(path)
        everything = page.get_by_role("button", name="All")
        with redrawn(page):
            everything.click()
        whole = left_edge(page)
        with page.expect_response(re.compile("/data/.*from=.*to=")) as answer, redrawn(page):
            drag(page, 0.2, 0.4)
        assert left_edge(page) != whole
        assert len(answer.value.json()["times"]) > 1
        expect(everything).to_have_attribute("aria-pressed", "false")
        with redrawn(page):
            everything.click()
        assert left_edge(page) == whole
        expect(everything).to_have_attribute("aria-pressed", "true")
        assert watched.problems == []


def test_each_range_button_requests_its_window(browser: Browser, address: str) -> None:
    with open_page(browser, address, PHONE) as watched:
        page = watched.open("/")
        first: list[float] = []
        for button in page.get_by_role("group", name="Time range").get_by_role("button").all():
            with page.expect_response("**/data/points*") as answer:
                button.click()
            expect(button).to_have_attribute("aria-pressed", "true")
            first.append(answer.value.json()["times"][0])
        assert first == sorted(first, reverse=True)
        assert first[0] - first[-1] > 100 * 86_400
        assert watched.problems == []


# Keeps the height and the colour of each rectangle that is drawn on a canvas.
RECORD_RECTANGLES = """(() => {
  window.drawn = [];
  const real = CanvasRenderingContext2D.prototype.fillRect;
  CanvasRenderingContext2D.prototype.fillRect = function (x, y, width, height) {
    if (width === devicePixelRatio) window.drawn.push([this.fillStyle, height / devicePixelRatio]);
    real.call(this, x, y, width, height);
  };
})()"""


def test_unlock_that_is_gone_is_drawn_differently(browser: Browser, tmp_path: Path) -> None:
    """In its form, too, and not in its colour alone; the key below the chart names it."""
    home = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}")
    home.live(timedelta(hours=2))
    when = [{"unlocked_at": START + timedelta(minutes=20 * number)} for number in (1, 2, 3)]
    gone: list[dict[str, Any]] = [{"gone_at": home.clock.now()}, {"gone_at": None}, {"gone_at": None}]
    with home.database.writing() as tx:
        tx.execute(unlocks.insert(), [unlock(n) | when[n] | gone[n] for n in range(3)])
    with served(context_of(home)) as client, open_page(browser, client.origin, DESKTOP) as watched:
        watched.page.clock.set_fixed_time(home.clock.now())
        watched.page.add_init_script(RECORD_RECTANGLES)
        page = watched.open("/games/1")
        drawn = {tuple(found) for found in page.evaluate("() => window.drawn")}
        assert {height for _, height in drawn} == {7, 5}
        assert len({colour for colour, _ in drawn}) == 2
        expect(page.get_by_text("unlock, removed since")).to_be_visible()
        assert watched.problems == []
    home.close()
