"""The card of a review in a real browser: by itself and on its page, at two widths, in both schemes."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from .browser import DESKTOP, PHONE, Scheme, open_page
from .demo_pages import OWNED

PAPER = {"light": "rgb(255, 255, 255)", "dark": "rgb(27, 32, 38)"}
DRAWN = """() => {
  const paper = document.querySelector(".paper"), bounds = paper.getBoundingClientRect();
  const texts = [...document.querySelectorAll("text")];
  const smallest = Math.min(...texts.map((text) => parseFloat(getComputedStyle(text).fontSize)));
  const outside = texts.filter((text) => {
    const box = text.getBoundingClientRect();
    return box.left < bounds.left || box.right > bounds.right || box.bottom > bounds.bottom;
  });
  return {paper: getComputedStyle(paper).fill, smallest, outside: outside.map((text) => text.textContent),
          scripts: document.querySelectorAll("script, image, a, foreignObject").length};
}"""
SHOWN = """() => {
  const card = document.querySelector("img.card");
  return {loaded: card.complete && card.naturalWidth > 0, width: card.getBoundingClientRect().width};
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_a_card_is_readable_follows_the_scheme_and_asks_for_nothing(
    browser: Browser, address: str, screenshots: Path | None, width: int, scheme: Scheme
) -> None:
    with open_page(browser, address, width, scheme) as watched:
        asked: list[str] = []
        watched.page.on("request", lambda request: asked.append(request.url))
        page = watched.open("/review/2026.svg")
        drawn = page.evaluate(DRAWN)
        if screenshots:
            page.screenshot(path=screenshots / f"card-{width}-{scheme}.png")
        assert drawn["paper"] == PAPER[scheme]
        assert drawn["smallest"] >= 13
        assert drawn["outside"] == []
        assert drawn["scripts"] == 0
        assert asked == [f"{address}/review/2026.svg"]
        assert watched.problems == []
        assert page.title() != OWNED


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_the_page_shows_its_card(browser: Browser, address: str, width: int) -> None:
    with open_page(browser, address, width) as watched:
        page = watched.open("/review/2026-04")
        page.locator("img.card").scroll_into_view_if_needed()
        page.wait_for_function("() => document.querySelector('img.card').complete")
        shown = page.evaluate(SHOWN)
        assert shown["loaded"]
        assert shown["width"] >= 290
        assert watched.problems == []
