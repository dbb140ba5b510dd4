"""The charts in a real browser: the whole curve lies inside the plot, and its axis names the days."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from syncer.store.db.tables import players, unlocks
from tests.edges.harness import START, SyncHarness
from tests.edges.web.harness import PageClient, context_of, served, unlock

from .browser import DESKTOP, PHONE, WatchedPage, open_page
from .test_charts import drag, redrawn

HOURS_6 = timedelta(hours=6)
# Keeps each plot that the page makes.
CAPTURE = """() => {
  window.plots = [];
  let real;
  Object.defineProperty(window, "uPlot", { configurable: true, get: () => real, set: (made) => {
    real = new Proxy(made, { construct(target, given) {
      const plot = new target(...given);
      window.plots.push(plot);
      return plot;
    } });
  } });
}"""
# The values of each line in the newest plot, with those that earlier points carry into it.
VISIBLE = """() => {
  const u = window.plots.at(-1), { x, y } = u.scales, [times, ...lines] = u.data;
  const before = times.findLastIndex((at) => at <= x.min);
  const shown = lines.flatMap((values) => values.filter((v, n) => v != null && (n === before ||
    (times[n] >= x.min && times[n] <= x.max))));
  return { low: y.min, high: y.max, shown, last: times.at(-1), right: x.max };
}"""
# Time passes between the request for the data and the drawing.
SLOW = """() => { const real = Date.now; let calls = 0; Date.now = () => real() + 2000 * calls++ }"""
TICKS = "() => window.plots.at(-1).axes[0]._values.filter((text) => text != null)"


def assert_curve_is_inside(page: Page) -> None:
    found: Any = page.evaluate(VISIBLE)
    assert found["shown"]
    assert found["low"] <= min(found["shown"])
    assert max(found["shown"]) <= found["high"]


@pytest.mark.parametrize("path", ["/", "/games/7", "/games/1"])
@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_curve_lies_inside_the_plot_in_each_range(
    browser: Browser, address: str, path: str, width: int
) -> None:
    with open_page(browser, address, width) as watched:
        watched.page.add_init_script(f"({CAPTURE})(); ({SLOW})()")
        page = watched.open(path)
        page.locator(".plot").scroll_into_view_if_needed()
        assert_curve_is_inside(page)
        for button in page.get_by_role("group", name="Time range").get_by_role("button").all():
            with redrawn(page):
                button.click()
            assert_curve_is_inside(page)
        with redrawn(page):
            drag(page, 0.3, 0.6)
        assert_curve_is_inside(page)
        assert watched.problems == []


def test_value_that_holds_at_the_left_edge_lies_inside_the_plot(browser: Browser, tmp_path: Path) -> None:
    """Points fall two days ago, so that the highest ones are those with which the week begins."""
    home = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}", every=HOURS_6)
    home.world.earn("Tester", 1, 4, home.clock.now())
    home.live(timedelta(days=20), HOURS_6)
    home.world.reset_game("Tester", 1)
    home.world.earn("Tester", 2, 1, home.clock.now())
    home.live(timedelta(days=2), HOURS_6)
    with served(context_of(home)) as client, opened(browser, client, home) as watched:
        for path in ("/", "/games/1"):
            page = watched.open(path)
            with redrawn(page):
                page.get_by_role("button", name="1 week").click()
            assert max(page.evaluate(VISIBLE)["shown"]) == (90 if path == "/" else 4)
            assert_curve_is_inside(page)
            page.locator(".plot").scroll_into_view_if_needed()
            with redrawn(page):
                drag(page, 0.31, 0.93)
            assert_curve_is_inside(page)
    home.close()


def test_axis_of_a_few_hours_of_another_day_names_the_day(browser: Browser, tmp_path: Path) -> None:
    home = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}")
    home.poll()
    home.live(timedelta(hours=8))
    for days, named in ((0, False), (1, True)):
        home.clock.pass_by(days * 86_400)
        with served(context_of(home)) as client, opened(browser, client, home) as watched:
            first, *others = watched.open("/").evaluate(TICKS)
            assert re.fullmatch(r"\d\d:\d\d" + (r"\n1 May" if named else ""), first)
            # The next day the axis goes on over a midnight: the time without polls is shown, too.
            assert all(re.fullmatch(r"\d\d:\d\d" + (r"|2 May" if named else ""), text) for text in others)
    home.close()


@contextmanager
def opened(browser: Browser, client: PageClient, home: SyncHarness) -> Iterator[WatchedPage]:
    """Open a tab whose clock starts at that of the history."""
    with open_page(browser, client.origin, DESKTOP) as watched:
        watched.page.clock.set_fixed_time(home.clock.now())
        watched.page.add_init_script(f"({CAPTURE})(); ({SLOW})()")
        yield watched


def test_curve_of_a_single_poll_lies_inside_the_plot(browser: Browser, tmp_path: Path) -> None:
    """The sum of the first poll is higher than that of the unlocks of that day: both are at one moment."""
    home = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}")
    for game in home.games:
        home.world.earn("Tester", game, 4, home.clock.now())
    home.poll()
    with home.database.writing() as tx:
        tx.execute(unlocks.insert(), [unlock(1) | {"unlocked_at": START - timedelta(hours=1)}])
        tx.execute(players.update().values(unlocks_synced_until=home.clock.now()))
    with served(context_of(home)) as client, opened(browser, client, home) as watched:
        for path in ("/", "/games/1"):
            assert_curve_is_inside(watched.open(path))
    home.close()
