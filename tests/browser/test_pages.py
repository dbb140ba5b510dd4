"""Each page in a real browser: two widths, light and dark, without JavaScript, and by keyboard."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from syncer.store.db.text import sanitised
from tests.edges.sql_facts import write

from .axe import serious_violations
from .browser import DESKTOP, DRAWN, PAGE_CHECKS, PHONE, Scheme, open_page
from .demo_pages import HOSTILE, OWNED, DemoPages, hostile_facts

PAGES = {
    "overview": "/",
    "games": "/games",
    "hostile-game": "/games/7",
    "mastered-game": "/games/1",
    "changes": "/changes",
    "calendar": "/calendar",
    "day": "/days/2026-04-27",
    "review": "/review/2026",
    "players": "/players",
    "compare": "/compare?with=Zo%C3%AB%20%F0%9F%8E%AE",
    "earlier": "/?at=2026-04-27T12:00Z",
    "review-month": "/review/2026-04",
    "health": "/sync-health",
}
VIEWPORTS: list[tuple[int, Scheme]] = [
    (PHONE, "light"),
    (PHONE, "dark"),
    (DESKTOP, "light"),
    (DESKTOP, "dark"),
]
INJECTED = f"#{OWNED}, img[src=x], svg[onload], main script, [onerror], [onmouseover]"
FOCUSED = """() => {
  const at = document.activeElement, style = getComputedStyle(at);
  const shows = style.outlineStyle !== "none" || style.boxShadow !== "none";
  return [Number(at.dataset.stop ?? -1), shows || at.type === "date"];  // the browser marks a date's parts
}"""
REACHABLE = "a[href], button, input:not([type=hidden]), select, summary, [tabindex='0']"


def is_inert(page: Page) -> bool:
    """Return whether no game title became markup or set the title of the page."""
    return page.title() != OWNED and page.locator(INJECTED).count() == 0


@pytest.mark.parametrize(("width", "scheme"), VIEWPORTS, ids=lambda value: str(value))
def test_every_page_passes_the_checks(
    browser: Browser, address: str, screenshots: Path | None, width: int, scheme: Scheme
) -> None:
    mistakes: dict[str, list[str]] = {}
    with open_page(browser, address, width, scheme) as watched:
        for name, path in PAGES.items():
            page = watched.open(path)
            if screenshots:
                page.screenshot(path=screenshots / f"{name}-{width}-{scheme}.png", full_page=True)
            found = [*page.evaluate(PAGE_CHECKS), *watched.problems]
            found += [] if is_inert(page) else ["a title ran"]
            if found:
                mistakes[name] = found
            watched.problems.clear()
    assert mistakes == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_an_empty_database_name_the_command(
    browser: Browser, empty_address: str, scheme: Scheme
) -> None:
    with open_page(browser, empty_address, PHONE, scheme) as watched:
        for path in {*PAGES.values()} - {"/games/1", "/games/7"}:
            page = watched.open(path)
            assert "syncer" in page.locator("main").inner_text()
            assert [*page.evaluate(PAGE_CHECKS), *serious_violations(page)] == []
        assert watched.problems == []


def test_first_player_is_shown_without_a_reload_by_hand(
    browser: Browser, empty: DemoPages, empty_address: str
) -> None:
    with open_page(browser, empty_address, PHONE) as watched:
        watched.page.clock.install(time=empty.moment)
        page = watched.open("/")
        expect(page.locator("h1")).to_have_text("No players yet")
        write(empty.database, hostile_facts())
        page.clock.fast_forward(10_000)
        expect(page.locator("h1")).to_have_text("O'Brien")
        page.wait_for_function(DRAWN)
        assert watched.problems == []


def test_hostile_titles_are_shown_without_what_changes_the_direction(browser: Browser, address: str) -> None:
    with open_page(browser, address, DESKTOP) as watched:
        page = watched.open("/games")
        for title in HOSTILE.values():
            expect(page.get_by_text(sanitised(title), exact=True).first).to_be_visible()
        assert is_inert(page)


@pytest.mark.parametrize("path", PAGES.values())
def test_page_is_useful_without_javascript(path: str, browser: Browser, address: str) -> None:
    with open_page(browser, address, PHONE, script=False) as watched:
        page = watched.open(path)
        assert page.locator("h1").inner_text()
        assert page.locator("main table td").count() > 3
        while (closed := page.locator("details:not([open]) summary")).count():
            closed.first.click()
        assert page.locator("main td:visible").count() > 3
        assert watched.problems == []


@pytest.mark.parametrize("path", ["/", "/changes"])
def test_everything_can_be_reached_by_keyboard_in_order(path: str, browser: Browser, address: str) -> None:
    with open_page(browser, address, DESKTOP) as watched:
        page = watched.open(path)
        wanted = page.evaluate(
            "(which) => [...document.querySelectorAll(which)].filter((e) => e.checkVisibility())"
            ".map((e, n) => { e.dataset.stop = n; return e.outerHTML })",
            REACHABLE,
        )
        reached: list[int] = []
        while len(reached) < len(wanted):
            page.keyboard.press("Tab")
            stop, shows = page.evaluate(FOCUSED)
            assert shows, f"{wanted[stop]} does not show its focus"
            reached += [] if stop in reached[-1:] else [stop]  # a date has several parts
            assert reached == list(range(len(reached)))


def test_links_keep_the_chosen_player(browser: Browser, address: str) -> None:
    with open_page(browser, address, DESKTOP) as watched:
        page = watched.open("/")
        page.get_by_role("link", name="Zoë 🎮").click()
        expect(page.locator("h1")).to_contain_text("Zoë 🎮")
        page.wait_for_function(DRAWN)  # else the next page aborts the request of the chart
        for name in ("Games", "Changes", "Calendar", "Sync health", "Overview"):
            page.get_by_role("navigation").get_by_role("link", name=name, exact=True).click()
            expect(page.get_by_role("link", name="Zoë 🎮")).to_have_attribute("aria-current", "true")
        assert watched.problems == []


def number(text: str) -> int:
    return int(text.replace(",", ""))


def polled_points(page: Page) -> Locator:
    """Return the sum that a poll changes; the account's own points change with the next profile."""
    return page.locator("dl.tiles > div", has_text="Points in followed games").locator("strong")


def test_a_new_snapshot_shows_without_reload(browser: Browser, demo: DemoPages, address: str) -> None:
    with open_page(browser, address, DESKTOP) as watched:
        watched.page.clock.install(time=demo.moment)  # controls its timers, too
        page = watched.open("/")
        page.evaluate("() => { window.stayed = true }")
        newest = page.locator("#changes tbody tr").first
        before, points = newest.text_content() or "", polled_points(page).inner_text()
        demo.earn(8)
        page.clock.fast_forward(10_000)
        expect(newest).not_to_have_text(before)
        expect(newest).to_contain_text(HOSTILE[8])
        expect(polled_points(page)).to_have_text(f"{number(points) + 5:,}")
        expect(page.get_by_role("status")).to_contain_text("New")
        assert page.evaluate("() => window.stayed")
        assert is_inert(page)
        assert watched.problems == []


def test_a_part_in_use_is_taken_over_when_it_is_left(browser: Browser, demo: DemoPages, address: str) -> None:
    with open_page(browser, address, DESKTOP) as watched:
        watched.page.clock.install(time=demo.moment)
        page = watched.open("/")
        newest = page.locator("#changes tbody tr").first
        before = newest.text_content() or ""
        page.locator("#changes a").first.focus()
        points = polled_points(page)
        sum_before = number(points.inner_text())
        demo.earn(8)
        page.clock.fast_forward(10_000)
        expect(points).to_have_text(f"{sum_before + 5:,}")
        expect(newest).to_have_text(before)
        page.locator("header a").first.focus()
        page.clock.run_for(10)
        expect(newest).not_to_have_text(before)


def test_page_says_when_its_server_does_not_answer(browser: Browser, address: str) -> None:
    with open_page(browser, address, DESKTOP) as watched:
        watched.page.clock.install()
        page = watched.open("/")
        alert = page.get_by_role("alert")
        page.route("**/data/version*", lambda route: route.abort())
        with page.expect_event("requestfailed"):
            page.clock.run_for(5_100)
        page.clock.run_for(100)
        expect(alert).to_have_count(0)  # a single failure may be a restart
        with page.expect_event("requestfailed"):
            page.clock.run_for(5_100)
        expect(alert).to_contain_text("out of date")
        page.unroute("**/data/version*")
        page.clock.run_for(5_100)
        expect(alert).to_have_count(0)


def test_back_restores_the_filter(browser: Browser, address: str) -> None:
    with open_page(browser, address, DESKTOP) as watched:
        page = watched.open("/changes")
        page.get_by_label("Kind").select_option("unlock")
        page.locator("main").get_by_role("button", name="Show").click()
        page.wait_for_url("**kind=unlock**")
        page.go_back()
        assert page.get_by_label("Kind").input_value() == ""
