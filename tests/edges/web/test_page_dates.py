"""Each moment that is not today shows its date, in the zone of the pages."""

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.edges.harness import SyncHarness

from .harness import ZONE, PageClient, context_of, served

DAY = timedelta(days=1)
TIME = re.compile(r'<time datetime="([^"]+)"[^>]*>([^<]+)</time>')


def shown_times(client: PageClient, path: str) -> list[tuple[datetime, str]]:
    """Return each moment of a page with its text, except ages such as "5 min ago"."""
    found = [
        (datetime.fromisoformat(at), text.replace("\xa0", " "))
        for at, text in TIME.findall(client.get(path).text)
    ]
    return [(at, text) for at, text in found if not text.endswith("ago")]


@pytest.mark.parametrize(
    "path", ["/", "/changes?kind=all", "/games/1", "/games/2", "/sync-health", "/calendar"]
)
def test_moment_of_another_day_shows_its_date(client: PageClient, home: SyncHarness, path: str) -> None:
    today = home.clock.now().astimezone(ZONE).date()
    others = [(at.astimezone(ZONE).date(), text) for at, text in shown_times(client, path)]
    others = [(day, text) for day, text in others if day != today]
    assert others or path == "/calendar"
    for day, text in others:
        is_named = day == today - DAY and re.fullmatch(r"yesterday, \d\d:\d\d", text)
        assert is_named or text.startswith(f"{day.day} {day:%b}"), text


def test_moment_of_another_year_shows_its_year(home: SyncHarness) -> None:
    next_year = datetime(2027, 1, 1, 0, 30, tzinfo=ZONE)
    with served(context_of(home), now=lambda: next_year) as client:
        texts = [text for _, text in shown_times(client, "/changes")]
        assert texts
        assert all(re.match(r"\d+ May 2026, \d\d:\d\d$", text) for text in texts)


def test_open_page_is_told_of_a_new_day(home: SyncHarness) -> None:
    """A row of today becomes one of yesterday at midnight, though nothing was stored."""
    now = home.clock.now()
    midnight = datetime.combine(now.astimezone(ZONE).date() + DAY, datetime.min.time(), ZONE)

    def version(moment: datetime) -> Any:
        with served(context_of(home), now=lambda: moment) as client:
            return client.get("/data/version").json()

    late = midnight - timedelta(seconds=1)
    assert version(late) == version(late - timedelta(seconds=10))
    assert version(late) != version(midnight)


def test_today_is_a_day_of_the_zone(home: SyncHarness) -> None:
    """Shortly after midnight of the zone the poll before is of yesterday, though UTC still has that day."""
    last = home.queries.web.newest_snapshot_id(1)
    assert last
    (newest,) = home.queries.web.changes(1, 1, kind="all")
    after = datetime.combine(
        newest["first_seen_at"].astimezone(ZONE).date() + DAY, datetime.min.time(), ZONE
    ) + timedelta(minutes=10)
    assert after.astimezone(newest["first_seen_at"].tzinfo).date() == date(2026, 5, 2)
    with served(context_of(home), now=lambda: after) as client:
        (_, text), *_ = shown_times(client, "/changes")
        assert text.startswith("2 May, ")
