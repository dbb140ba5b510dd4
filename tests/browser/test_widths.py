"""What is wide fits: the longest name, and runs of thousands of games on a phone."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser

from syncer.store.db.tables import games, players, runs
from tests.edges.sql_facts import write

from .browser import DESKTOP, PAGE_CHECKS, PHONE, open_page
from .demo_pages import DemoPages, hostile_facts

OVERFLOWING_TILES = """() => [...document.querySelectorAll(".tiles > div")]
  .filter((tile) => tile.scrollWidth > tile.clientWidth).map((tile) => tile.innerText)"""

ADD_NAMES = """() => document.querySelector("#snapshot-table td.when")
  .insertAdjacentHTML("beforeend", `<span class="detail">${"Golden Crown, ".repeat(9)}</span>`)"""


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_widest_name_fits(browser: Browser, demo: DemoPages, address: str, width: int) -> None:
    with renamed(demo, "W" * 20), open_page(browser, address, width) as watched:
        other = demo.queries.players.select()[1].username
        for path in ("/", "/sync-health", "/players", f"/compare?with={other}"):
            page = watched.open(path)
            assert page.evaluate(PAGE_CHECKS) == []
            assert page.evaluate(OVERFLOWING_TILES) == []


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_names_of_many_unlocks_leave_room_for_points(browser: Browser, address: str, width: int) -> None:
    with open_page(browser, address, width) as watched:
        page = watched.open("/games/1")
        page.evaluate(ADD_NAMES)
        assert page.evaluate(PAGE_CHECKS) == []


def test_run_of_ten_thousand_games_fits(browser: Browser, empty: DemoPages, empty_address: str) -> None:
    write(empty.database, hostile_facts())
    with empty.database.writing() as tx:
        tx.execute(sa.update(runs).values(targets_asked=10_000, targets_seen=9_999, snapshots_added=1_000))
    with open_page(browser, empty_address, PHONE) as watched:
        page = watched.open("/sync-health")
        assert page.evaluate(PAGE_CHECKS) == []
        box = page.locator(".top nav").first.bounding_box()
        assert box
        assert box["height"] < 40  # one row


def test_a_console_of_one_long_word_fits(browser: Browser, empty: DemoPages, empty_address: str) -> None:
    write(empty.database, hostile_facts())
    with empty.database.writing() as tx:
        tx.execute(sa.update(games).where(games.c.id == 1).values(console_name="C" * 255))
    with open_page(browser, empty_address, DESKTOP) as watched:
        assert watched.open("/games").evaluate(PAGE_CHECKS) == []


@contextmanager
def renamed(demo: DemoPages, name: str) -> Iterator[None]:
    before = demo.queries.players.select()[0].username
    rename(demo, name)
    try:
        yield
    finally:
        rename(demo, before)


def rename(demo: DemoPages, name: str) -> None:
    with demo.database.writing() as tx:
        tx.execute(sa.update(players).where(players.c.id == 1).values(username=name))
