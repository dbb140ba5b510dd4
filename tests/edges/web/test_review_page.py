"""/review/<year> and /review/<year>-<month>, and their cards: two years of three players."""

import re
from collections.abc import Iterator
from datetime import timedelta
from xml.etree import ElementTree

import pytest

from syncer.store.db.engine import Database
from syncer.store.db.tables import games, players
from syncer.store.read.queries import Queries
from syncer.web.app.context import Context
from tests.edges.review_years import END, GAP_AFTER, create_review_years

from .harness import HOSTILE, ZONE, PageClient, served
from .parsed_page import read

NOW = END - timedelta(hours=12)  # noon of 31 December 2025
NAME = "O'<b>\"Neil"
NEIGHBOUR = re.compile(r'rel="(prev|next)" href="/review/([^"?]+)')


@pytest.fixture(scope="module")
def years(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = create_review_years(f"sqlite:///{tmp_path_factory.mktemp('review') / 'syncer.db'}")
    with database.writing() as tx:
        tx.execute(games.update().where(games.c.id == 15).values(title=HOSTILE))
        tx.execute(players.update().where(players.c.id == 1).values(username=NAME))
    yield database
    database.close()


@pytest.fixture
def client(years: Database) -> Iterator[PageClient]:
    with served(Context(Queries(years), lambda: NOW, ZONE, GAP_AFTER)) as found:
        yield found


def test_a_year_shows_the_numbers_of_the_review_and_its_months(client: PageClient, years: Database) -> None:
    page = read(client, "/review/2025")
    days = Queries(years).review.sums(1, ZONE, *(END - 365 * timedelta(days=1), END)).days
    assert days
    for text in ("Achievements", "Hardcore points", "Longest streak", "Best week from", "± ", "Busiest hour"):
        assert text in page.text
    assert "2025 is not over: these are the numbers so far." in page.text
    assert "(2 gaps)" in page.text
    assert [f"{month} 2025" in page.text for month in ("January", "December")] == [True, True]
    assert "was complete" in page.text


def test_without_a_year_the_present_one_is_shown(client: PageClient) -> None:
    answer = client.get("/review", allow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/review/2025?player=")
    earlier = client.get("/review?at=2024-05-01", allow_redirects=False)
    assert earlier.headers["location"].startswith("/review/2024?player=")
    assert "at=2024-05-01" in earlier.headers["location"]


def test_previous_and_next_end_where_something_is_known(client: PageClient) -> None:
    def neighbours(path: str) -> dict[str, str]:
        return dict(NEIGHBOUR.findall(client.get(path).text))

    assert neighbours("/review/2025") == {"prev": "2024"}
    assert neighbours("/review/2024") == {"next": "2025"}
    assert neighbours("/review/2025-12") == {"prev": "2025-11"}
    assert neighbours("/review/2025-01") == {"prev": "2024-12", "next": "2025-02"}
    assert neighbours("/review/2024-01") == {"next": "2024-02"}


def test_what_was_not_read_is_said_and_has_no_number(client: PageClient) -> None:
    page = read(client, "/review/2025-09?player=Wren")
    assert "Points, streaks and consoles of September 2025 are not known" in page.text
    assert "Hardcore points" not in page.text
    assert "Mastered" in page.text  # the awards were read
    year = read(client, "/review/2025?player=Wren").text
    assert "September 2025 not known" in " ".join(year.split())
    assert "Unlocks were read until 2025-05-15 02:00: later ones are not counted." in year


def test_a_month_before_the_first_poll_has_unlocks_and_says_what_it_lacks(client: PageClient) -> None:
    page = read(client, "/review/2024-02").text
    assert "Achievements" in page
    assert "Nothing was polled in February 2024: its hours of play and revised sets are not known." in page
    assert "Revised sets" not in page
    assert "Nothing was unlocked in May 2020." in read(client, "/review/2020-05").text


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/review/2026", "2026 has not begun: it lies in the future."),
        ("/review/2026-01", "January 2026 has not begun: it lies in the future."),
        ("/review/2025-13", "&#39;2025-13&#39; is not a year like 2025 or a month like 2025-12."),
        ("/review/%3Cscript%3E", "&#39;&lt;script&gt;&#39; is not a year like"),
        ("/review/1066.svg", "1066 is not from 1971 to 2025."),
    ],
)
def test_another_address_is_not_found_and_says_why(path: str, sentence: str, client: PageClient) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert sentence in response.text


def test_the_card_is_an_image_that_may_do_nothing_and_hostile_names_are_text(client: PageClient) -> None:
    response = client.get("/review/2025.svg")
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("image/svg+xml")
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "script" not in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    root = ElementTree.fromstring(response.content)
    texts = [element.text or "" for element in root.iter() if element.tag.endswith("text")]
    assert NAME in texts
    assert any("</script><img" in text for text in texts)
    assert "/review/2025.svg" in client.get("/review/2025").text


def test_a_hostile_title_stays_text_on_the_page(client: PageClient) -> None:
    page = client.get("/review/2025").text
    assert "onerror=&#34;alert(1)&#34;" in page
    assert "<svg/onload" not in page
    assert page.count("<img") == 1  # the card
    assert NAME not in page


def test_other_responses_keep_the_policy_of_the_pages(client: PageClient) -> None:
    for path in ("/review/2025", "/review/2026", "/nowhere.svg"):
        assert "script-src 'self'" in client.get(path).headers["Content-Security-Policy"]


def test_calendar_and_overview_lead_to_reviews(client: PageClient) -> None:
    calendar = client.get("/calendar?year=2024").text
    assert 'href="/review/2024?player=' in calendar
    assert 'href="/review/2024-07?player=' in calendar
    assert 'href="/review/2025?player=' in client.get("/").text


def test_a_player_whose_unlocks_are_not_read_is_told_why(years: Database) -> None:
    context = Context(Queries(years), lambda: NOW, ZONE, GAP_AFTER, without_unlocks=frozenset({"wren"}))
    with served(context) as client:
        page = read(client, "/review/2025-09?player=Wren").text
    assert "unlocks were read until 2025-05-15 02:00 only: unlocks = false." in page
