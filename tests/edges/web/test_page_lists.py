"""Lists of the pages: games, changes and the days of a year, sorted, filtered and paged."""

import re

import pytest

from tests.edges.harness import SyncHarness

from .harness import PageClient
from .parsed_page import read


@pytest.mark.parametrize(
    ("query", "games"),
    [
        ("?sort=title", ["/games/1", "/games/3", "/games/5", "/games/2"]),
        ("?sort=title&order=down", ["/games/2", "/games/5", "/games/3", "/games/1"]),
        ("?sort=unlocked", ["/games/1", "/games/2", "/games/3", "/games/5"]),
        ("?q=ŁÓDŹ", ["/games/2"]),  # case does not count
        ("?q=nes", ["/games/2"]),  # a console
        ("?q=3", ["/games/3"]),  # an id
        ("?q=%25", []),  # % is not a wildcard
        ("?page=2", ["/games/1", "/games/2", "/games/3", "/games/5"]),  # there is only one page
    ],
)
def test_games_are_sorted_and_found(client: PageClient, query: str, games: list[str]) -> None:
    links = [a["href"] for a in read(client, f"/games{query}").all("a")]
    found = [link for link in links if link and link.startswith("/games/")]
    assert (found if "page" not in query else sorted(found)) == games


@pytest.mark.parametrize(
    ("query", "labels"),
    [
        ("?kind=reset", {"progress reset"}),
        ("?game=1", {"mastered", "set revised"}),
        ("?game=ŁÓDŹ", {"unlocked", "progress reset"}),
        ("?game=nothing", set()),
        ("?game=1&kind=all", {"mastered", "set revised", "first poll", "unchanged"}),
        ("?from=2026-05-03&kind=all", set()),
        ("?to=2026-04-30&kind=all", set()),
        ("?from=2026-05-01&to=2026-05-01&kind=all", {"first poll", "unlocked", "mastered"}),
        ("?from=20260501&to=20260501&kind=all", {"first poll", "unlocked", "mastered"}),
        ("?kind=gone", set()),
    ],
)
def test_changes_are_filtered(client: PageClient, query: str, labels: set[str]) -> None:
    text = client.get(f"/changes{query}").text
    rows = re.findall(r'<td class="wide">\s*<span class="chip[^"]*">([^<]*)<', text)
    assert set(rows) == labels
    assert labels or "No such change" in text


def test_paging_loses_no_change(client: PageClient, home: SyncHarness) -> None:
    ids: list[int] = []
    before = None
    while rows := home.queries.web.changes(1, 2, kind="all", before=before):
        ids += [row["id"] for row in rows]
        before = ids[-1]
    everything = home.queries.history.changes([1], None, None, everything=True)
    assert ids == [row["id"] for row in everything]
    older = client.get(f"/changes?kind=all&before={ids[2]}").text
    assert older.count("<tr>") - 1 == len(ids) - 3


def test_calendar_has_the_days_of_the_zone(client: PageClient) -> None:
    page = read(client, "/calendar?year=2026")
    days = {a["href"]: a["title"] for a in page.all("a") if a.get("title")}
    assert days == {
        "/days/2026-05-01": "1 May: 1 unlocked, 10 points",  # 22:30 UTC the day before
        "/days/2026-04-30": "30 April: 1 unlocked, 10 points",
        "/days/2026-04-29": "29 April: 1 unlocked, 30 points",
        "/days/2026-04-22": "22 April: 1 unlocked, 10 points",  # not followed
    }
    assert "Day Points Unlocked Wednesday, 29 April 30 1" in page.text
    assert "Longest streak 3 days in a row, until 1 May" in page.text
    assert client.get("/calendar?year=2027").status_code == 422
