"""Each page, looked at: at two widths, light and dark, without JavaScript, and by keyboard."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from syncer.store.db.tables import players
from tests.edges.demo_pages import HOSTILE, OWNED, DemoPages

from .browser import BASICS, DESK, PHONE, Scheme, open_page

PAGES = {
    "overview": "/",
    "games": "/games",
    "hostile-game": "/games/7",
    "mastered-game": "/games/1",
    "changes": "/changes",
    "calendar": "/calendar",
    "health": "/sync-health",
}
LOOKS: list[tuple[int, Scheme]] = [(PHONE, "light"), (PHONE, "dark"), (DESK, "light"), (DESK, "dark")]
CHARTED = ("/", "/games/7")
INJECTED = f"#{OWNED}, img[src=x], svg[onload], main script, [onerror], [onmouseover]"
FOCUSED = """() => {
  const at = document.activeElement, style = getComputedStyle(at);
  const shows = style.outlineStyle !== "none" || style.boxShadow !== "none";
  return [Number(at.dataset.stop ?? -1), shows || at.type === "date"];  // the browser marks a date's parts
}"""
OUT_OF_ITS_TILE = """() => [...document.querySelectorAll(".tiles > div")]
  .filter((tile) => tile.scrollWidth > tile.clientWidth).map((tile) => tile.innerText)"""
REACHABLE = "a[href], button, input:not([type=hidden]), select, summary, [tabindex='0']"


def is_inert(page: Page) -> bool:
    """No title became a piece of the page, or gave it a title."""
    return page.title() != OWNED and page.locator(INJECTED).count() == 0


@pytest.mark.parametrize(("width", "scheme"), LOOKS, ids=lambda value: str(value))
def test_every_page_is_sound(
    browser: Browser, address: str, screenshots: Path, width: int, scheme: Scheme
) -> None:
    wrong: dict[str, list[str]] = {}
    with open_page(browser, address, width, scheme) as seen:
        for name, path in PAGES.items():
            page = seen.open(path)
            page.screenshot(path=screenshots / f"{name}-{width}-{scheme}.png", full_page=True)
            found = [*page.evaluate(BASICS), *seen.complaints]
            found += [] if is_inert(page) else ["a title ran"]
            if found:
                wrong[name] = found
            seen.complaints.clear()
    assert wrong == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_before_the_first_run_every_page_says_what_will_come(
    browser: Browser, empty_address: str, scheme: Scheme
) -> None:
    with open_page(browser, empty_address, PHONE, scheme) as seen:
        for path in {*PAGES.values()} - {"/games/1", "/games/7"}:
            page = seen.open(path)
            assert "syncer" in page.locator("main").inner_text()
            assert page.evaluate(BASICS) == []
        assert seen.complaints == []


def test_hostile_titles_are_shown_as_they_are(browser: Browser, address: str) -> None:
    with open_page(browser, address, DESK) as seen:
        page = seen.open("/games")
        for title in HOSTILE.values():
            expect(page.get_by_text(title, exact=True).first).to_be_visible()
        assert is_inert(page)


@pytest.mark.parametrize("path", PAGES.values())
def test_it_is_useful_without_javascript(path: str, browser: Browser, address: str) -> None:
    with open_page(browser, address, PHONE, script=False) as seen:
        page = seen.open(path)
        assert page.locator("h1").inner_text()
        assert page.locator("main table td").count() > 3
        for line in page.locator("details:not([open]) summary").all():
            line.click()
        assert page.locator("main td:visible").count() > 3
        assert seen.complaints == []


@pytest.mark.parametrize("path", ["/", "/changes"])
def test_all_can_be_reached_by_keyboard_in_order(path: str, browser: Browser, address: str) -> None:
    with open_page(browser, address, DESK) as seen:
        page = seen.open(path)
        wanted = page.evaluate(
            "(which) => [...document.querySelectorAll(which)].filter((e) => e.checkVisibility())"
            ".map((e, n) => { e.dataset.stop = n; return e.outerHTML })",
            REACHABLE,
        )
        reached: list[int] = []
        while len(reached) < len(wanted):
            page.keyboard.press("Tab")
            stop, shows = page.evaluate(FOCUSED)
            assert shows, f"{wanted[stop]} does not show that it is the one"
            reached += [] if stop in reached[-1:] else [stop]  # a date has several parts
            assert reached == list(range(len(reached)))


def test_links_lead_to_all_pages_of_the_player_that_was_chosen(browser: Browser, address: str) -> None:
    with open_page(browser, address, DESK) as seen:
        page = seen.open("/")
        page.get_by_role("link", name="Zoë 🎮").click()
        expect(page.locator("h1")).to_contain_text("Zoë 🎮")
        for name in ("Games", "Changes", "Calendar", "Health", "Overview"):
            page.get_by_role("navigation").get_by_role("link", name=name, exact=True).click()
            expect(page.get_by_role("link", name="Zoë 🎮")).to_have_attribute("aria-current", "true")
        assert seen.complaints == []


def number(text: str) -> int:
    return int(text.replace(",", ""))


def test_a_new_snapshot_shows_without_reload(browser: Browser, shown: DemoPages, address: str) -> None:
    with open_page(browser, address, DESK) as seen:
        seen.page.clock.install(time=shown.moment)  # its timers are ours, too
        page = seen.open("/")
        page.evaluate("() => { window.stayed = true }")
        newest = page.locator("#changes tbody tr").first
        before, points = newest.text_content() or "", page.locator("dl.tiles strong").first.inner_text()
        shown.earn(8)
        page.clock.fast_forward(10_000)
        expect(newest).not_to_have_text(before)
        expect(newest).to_contain_text(HOSTILE[8])
        expect(page.locator("dl.tiles strong").first).to_have_text(f"{number(points) + 5:,}")
        expect(page.get_by_role("status")).to_contain_text("New")
        assert page.evaluate("() => window.stayed")
        assert is_inert(page)
        assert seen.complaints == []


def test_a_part_in_use_is_taken_over_when_it_is_left(
    browser: Browser, shown: DemoPages, address: str
) -> None:
    with open_page(browser, address, DESK) as seen:
        seen.page.clock.install(time=shown.moment)
        page = seen.open("/")
        newest = page.locator("#changes tbody tr").first
        before = newest.text_content() or ""
        page.locator("#changes a").first.focus()
        points = page.locator("dl.tiles strong").first
        sum_before = number(points.inner_text())
        shown.earn(8)
        page.clock.fast_forward(10_000)
        expect(points).to_have_text(f"{sum_before + 5:,}")
        expect(newest).to_have_text(before)
        page.locator("header a").first.focus()
        page.clock.run_for(10)
        expect(newest).not_to_have_text(before)


def test_a_page_says_when_its_server_has_gone(browser: Browser, address: str) -> None:
    with open_page(browser, address, DESK) as seen:
        seen.page.clock.install()
        page = seen.open("/")
        said = page.get_by_role("alert")
        page.route("**/data/version*", lambda route: route.abort())
        with page.expect_event("requestfailed"):
            page.clock.run_for(5_100)
        page.clock.run_for(100)
        expect(said).to_have_count(0)  # once may be a restart
        with page.expect_event("requestfailed"):
            page.clock.run_for(5_100)
        expect(said).to_contain_text("out of date")
        page.unroute("**/data/version*")
        page.clock.run_for(5_100)
        expect(said).to_have_count(0)


def test_back_shows_what_is_listed(browser: Browser, address: str) -> None:
    with open_page(browser, address, DESK) as seen:
        page = seen.open("/changes")
        page.get_by_label("Kind").select_option("unlock")
        page.get_by_role("button", name="Show").click()
        page.wait_for_url("**kind=unlock**")
        page.go_back()
        assert page.get_by_label("Kind").input_value() == ""


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_the_widest_name_has_room(browser: Browser, shown: DemoPages, address: str, width: int) -> None:
    with renamed(shown, "W" * 20), open_page(browser, address, width) as seen:
        for path in ("/", "/sync-health"):
            page = seen.open(path)
            assert page.evaluate(BASICS) == []
            assert page.evaluate(OUT_OF_ITS_TILE) == []


@contextmanager
def renamed(shown: DemoPages, name: str) -> Iterator[None]:
    before = shown.queries.players.select()[0].username
    rename(shown, name)
    try:
        yield
    finally:
        rename(shown, before)


def rename(shown: DemoPages, name: str) -> None:
    with shown.database.writing() as tx:
        tx.execute(sa.update(players).where(players.c.id == 1).values(username=name))


# The charts


@contextmanager
def redrawn(page: Page) -> Iterator[None]:
    """Another chart stands there afterwards."""
    page.evaluate("() => { document.querySelector('.uplot').dataset.old = '' }")
    yield
    page.wait_for_selector(".uplot:not([data-old])")


def left_edge(page: Page) -> str:
    """What the chart says at its left edge: when that is."""
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
def test_dragging_zooms_and_a_button_leads_back(path: str, browser: Browser, address: str) -> None:
    with open_page(browser, address, DESK) as seen:
        page = seen.open(path)
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
        assert seen.complaints == []


def test_each_range_button_asks_for_its_time(browser: Browser, address: str) -> None:
    with open_page(browser, address, PHONE) as seen:
        page = seen.open("/")
        first: list[float] = []
        for button in page.get_by_role("group", name="Time range").get_by_role("button").all():
            with page.expect_response("**/data/points*") as answer:
                button.click()
            expect(button).to_have_attribute("aria-pressed", "true")
            first.append(answer.value.json()["times"][0])
        assert first == sorted(first, reverse=True)
        assert first[0] - first[-1] > 100 * 86_400
        assert seen.complaints == []
