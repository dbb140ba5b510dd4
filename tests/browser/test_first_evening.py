"""The first evening in a real browser: every page has content, and works by finger, keyboard and reader."""

from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.first_sync import NOW

from .axe import serious_violations
from .browser import DESKTOP, PAGE_CHECKS, PHONE, Scheme, WatchedPage, open_page

PAGES = {
    "overview": "/",
    "table": "/?table=points",
    "games": "/games",
    "game": "/games/2",
    "unplayed-game": "/games/1",
    "changes": "/changes",
    "mastered": "/changes?kind=mastered",
    "calendar": "/calendar",
    "day": "/days/2026-05-20",
    "review": "/review/2026",
    "review-month": "/review/2026-05",
    "health": "/sync-health",
}


def opened(
    browser: Browser, address: str, width: int, scheme: Scheme = "light"
) -> AbstractContextManager[WatchedPage]:
    return open_page(browser, address, width, scheme, now=NOW)


@pytest.mark.parametrize(
    ("width", "scheme", "contrast"),  # of axe; that of page_checks.js is always measured
    [
        *((PHONE, "dark", False), (DESKTOP, "light", False)),
        pytest.param(PHONE, "light", True, marks=pytest.mark.soak),
        pytest.param(DESKTOP, "dark", True, marks=pytest.mark.soak),
    ],
)
def test_every_page_has_content_and_passes_the_checks(
    browser: Browser, evening: str, screenshots: Path | None, width: int, scheme: Scheme, contrast: bool
) -> None:
    mistakes = {}
    with opened(browser, evening, width, scheme) as watched:
        for name, path in PAGES.items():
            page = watched.open(path)
            if screenshots:
                page.screenshot(path=screenshots / f"first-{name}-{width}-{scheme}.png", full_page=True)
            found = [
                *page.evaluate(PAGE_CHECKS),
                *serious_violations(page, contrast=contrast),
                *watched.problems,
            ]
            found += [] if page.locator("main td:visible").count() > 2 else ["no content"]
            if found:
                mistakes[name] = found
            watched.problems.clear()
    assert mistakes == {}


def test_marks_are_read_by_finger_and_by_keyboard(browser: Browser, evening: str) -> None:
    with opened(browser, evening, PHONE) as watched:
        page = watched.open("/games/2")
        mark = page.get_by_role("group", name="Marks of the chart").get_by_role("button")
        expect(mark).to_have_count(1)
        box = mark.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 24
        name = mark.get_attribute("aria-label") or ""
        assert name.startswith("beaten (")
        said = page.locator(".mark-text")
        expect(said).to_have_text("")
        mark.focus()
        expect(said).to_have_text(name)


def test_chart_says_where_it_is_rebuilt(browser: Browser, evening: str) -> None:
    with opened(browser, evening, DESKTOP) as watched:
        page = watched.open("/games/2")
        expect(page.get_by_text("Tinted, left of the dashed line: rebuilt")).to_be_visible()
        plot = page.locator(".u-over").bounding_box()
        assert plot
        page.mouse.move(plot["x"] + 5, plot["y"] + 50)
        expect(page.locator(".u-legend")).to_contain_text("(from unlock times)")


def test_chart_says_that_it_loads_and_that_it_failed(browser: Browser, evening: str) -> None:
    waiting: list[Route] = []
    with opened(browser, evening, DESKTOP) as watched:
        page = watched.open("/")
        state = page.locator(".chart .state")
        expect(state).to_have_text("")
        page.route("**/data/points*", lambda route: waiting.append(route))
        page.get_by_role("button", name="1 year").click()
        expect(state).to_have_text("Loading …")
        waiting.pop().continue_()
        expect(state).to_have_text("")
        assert watched.problems == []
        page.get_by_role("button", name="1 week").click()
        expect(state).to_have_text("Loading …")
        waiting.pop().abort()
        expect(state).to_contain_text("does not answer")


def test_games_follow_the_typing_and_stay_in_the_address(browser: Browser, evening: str) -> None:
    with opened(browser, evening, PHONE) as watched:
        page = watched.open("/games")
        page.get_by_label("Title, console or id").press_sequentially("pokemon")
        caption = page.locator("#game-list caption")
        expect(caption).not_to_contain_text("80 games")
        page.wait_for_url("**q=pokemon**")
        assert all("Pokémon" in title for title in page.locator("#game-list td.name a").all_inner_texts())
        page.locator("select[name=state]").select_option("mastered")
        page.wait_for_url("**state=mastered**")
        page.reload()
        assert page.get_by_label("Title, console or id").input_value() == "pokemon"
        assert page.locator("select[name=state]").input_value() == "mastered"
        page.get_by_label("Title, console or id").fill("no such game")
        expect(page.locator("#game-list")).to_contain_text(
            "No game of this state and console has “no such game”"
        )
        assert watched.problems == []


def test_game_is_suggested_while_it_is_typed(browser: Browser, evening: str) -> None:
    with opened(browser, evening, DESKTOP) as watched:
        page = watched.open("/changes")
        assert page.locator("datalist option").count() == 0
        page.get_by_label("Game").press_sequentially("pok")
        expect(page.locator("datalist option").first).to_be_attached()
        assert 0 < page.locator("datalist option").count() <= 10
        assert watched.problems == []


def test_day_of_the_strip_leads_to_its_page(browser: Browser, evening: str) -> None:
    with opened(browser, evening, DESKTOP) as watched:
        page = watched.open("/")
        page.locator("[data-day='2026-05-20']").click()
        page.wait_for_url("**/days/2026-05-20")
        expect(page.locator("h1")).to_contain_text("20 May 2026")
