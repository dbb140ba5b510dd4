"""The account's points and rank on the overview."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.edges.harness import SyncHarness

from .harness import PageClient, context_of, served
from .parsed_page import read

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
HEADS = ["Day", "Hardcore points", "Softcore points", "RetroPoints", "Rank"]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[SyncHarness]:
    """Return three days of an account whose points change on the first two."""
    home = SyncHarness(f"sqlite:///{tmp_path / 'syncer.db'}", every=6 * HOUR)
    home.rank = True
    home.world.earn("Tester", 1, 2, home.clock.now(), hardcore=True)
    home.poll()
    home.live(DAY, 6 * HOUR)
    home.world.earn("Tester", 2, 3, home.clock.now(), hardcore=True)
    home.world.earn("Tester", 3, 1, home.clock.now())
    home.live(2 * DAY, 6 * HOUR)
    yield home
    home.close()


def table(client: PageClient) -> list[list[str]]:
    """Return the cells of each row of the account's table."""
    found = re.search(r'<table id="account-days".*?</table>', client.get("/").text, re.DOTALL)
    rows = re.findall(r"<tr>(.*?)</tr>", found[0] if found else "", re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    return [[re.sub(r"<[^>]+>", "", cell).strip() for cell in row] for row in cells]


def test_each_day_with_a_change_shows_what_the_account_had_at_its_end(home: SyncHarness) -> None:
    ranks = [row["rank"] for row in home.queries.account.history([1], None, None) if row["rank"]]
    with served(context_of(home)) as client:
        heads, *rows = table(client)
        assert heads == HEADS
        assert [row[1:] for row in rows] == [
            ["55", "5", "–", f"{ranks[-1]:,}"],
            ["15", "0", "–", f"{ranks[0]:,}"],
        ]
        assert f"Rank {ranks[-1]:,} on the site" in read(client, "/").text


def test_without_a_rank_the_page_names_none(home: SyncHarness) -> None:
    home.world.accounts.ban("Tester")
    home.live(6 * HOUR, 6 * HOUR)
    with served(context_of(home)) as client:
        assert table(client)[1][4] == "–"
        assert "on the site, by hardcore points" not in client.get("/").text


def test_the_table_begins_with_the_state_of_a_month_ago(home: SyncHarness) -> None:
    found = home.queries.account.by_day(1, context_of(home).zone, home.clock.now())
    assert [(row["day"], row["hardcore_points"]) for row in found] == [
        (home.clock.now().astimezone(context_of(home).zone).date(), 55)
    ]
