"""What each page shows, over the real server."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from syncer.store.db.text import sanitised
from tests.edges.harness import SyncHarness

from .harness import HOSTILE, ZONE, PageClient, context_of, record_day, served
from .parsed_page import DATA, PAGES, read


@pytest.mark.parametrize("path", PAGES)
def test_page_has_landmarks_and_no_foreign_code(client: PageClient, path: str) -> None:
    page = read(client, path)
    assert [len(page.all(tag)) for tag in ("main", "header", "footer", "h1", "title")] == [1] * 5
    assert page.all("html") == [{"lang": "en"}]
    assert page.all("a")[0] == {"class": "skip", "href": "#main"}
    current = [a for a in page.all("a") if a.get("aria-current") == "page"]
    assert current or path.startswith(("/games/", "/days/", "/review/"))
    assert all(script["src"] and script["src"].startswith("/static/") for script in page.all("script"))
    assert [tag for tag, attributes in page.tags if "style" in attributes or "onerror" in attributes] == []
    assert not [
        tag
        for tag, attributes in page.tags
        if tag == "svg" and attributes.get("class") not in ("bar", "hours")
    ]
    assert [image["src"] for image in page.all("img") if image.get("class") != "card"] == []
    assert len(page.all("caption")) == len(page.all("table"))
    assert all(th.get("scope") in ("col", "colgroup") for th in page.all("th"))


@pytest.mark.parametrize("path", ["/", "/games", "/games/1", "/changes", "/changes?game=1"])
def test_hostile_title_stays_text(client: PageClient, path: str) -> None:
    answer = client.get(path)
    assert "<img" not in answer.text
    assert "alert" in read(client, path).text
    assert sanitised(HOSTILE) in "".join(read(client, path).texts)
    assert "49" not in re.findall(r"\b49\b", answer.text)


def test_overview_shows_status_totals_and_changes(client: PageClient, home: SyncHarness) -> None:
    page, totals = read(client, "/"), home.queries.web.game_totals(1)
    assert "Tester up to date Last poll" in page.text
    for number in (totals["score_achieved"], totals["num_achieved"], totals["possible_score"]):
        assert f" {number:,} " in page.text
    assert "Mastered 0 0 completed, 0 beaten" in page.text  # its set was revised
    assert {a["href"] for a in page.all("a")} >= {"/games/1", "/games/2", "/changes", "/games"}
    assert "progress reset" in page.text
    assert "set revised" in page.text


def test_times_are_in_the_zone_with_utc_as_tooltip(client: PageClient, home: SyncHarness) -> None:
    last = home.queries.players.last_poll(home.tracked.id)
    assert last is not None
    shown = {(t["datetime"], t["title"]) for t in read(client, "/").all("time")}
    local = last.astimezone(ZONE)
    # Next to how long ago it was, the exact time in both zones.
    exact = f"{local.day} {local:%b %Y, %H:%M:%S}; {last:%Y-%m-%d %H:%M:%S} UTC"
    assert (f"{last:%Y-%m-%dT%H:%M:%SZ}", exact) in shown
    assert f"{local.day} May 2026, {local:%H:%M}" in read(client, "/games/1").text


def test_game_shows_its_snapshots_and_unlocks(client: PageClient, home: SyncHarness) -> None:
    page, snapshots = read(client, "/games/1"), home.history(1)
    kinds = [row["kind"] for row in snapshots]
    assert {"baseline", "unlock", "resumed", "set_revised"} == set(kinds)
    assert page.text.count("first poll") == 2  # in another column on a phone
    assert "after a gap" in page.text
    assert page.text.count("hardcore") >= 1
    assert "softcore" in page.text
    assert "removed since" in page.text


def test_game_that_is_not_followed_says_how_to_follow_it(client: PageClient) -> None:
    answer = client.get("/games/999")
    assert answer.status_code == 404
    assert "<h1>Game 999 is not followed</h1>" in answer.text
    assert "add <code>999</code> to <code>games</code> of this player" in answer.text
    assert client.get("/games/0").status_code == client.get("/games/x").status_code == 404


def test_sync_health_shows_gaps_and_runs(client: PageClient) -> None:
    page = read(client, "/sync-health")
    assert "the account was not polled as promised" in page.text
    gaps = page.text.partition("Periods in which")[2]
    assert gaps.count(" 12 h ") == 1  # four games, one gap of the account
    assert "Polled as promised in 40 %" in page.text
    assert "Requests can be sent" in page.text
    assert "A year adds" in page.text


def test_icons_only_if_they_are_enabled(home: SyncHarness) -> None:
    with served(context_of(home), icons=True) as client:
        answer = client.get("/games/1")
        assert 'src="https://media.retroachievements.org/Images/000001.png"' in answer.text
        policy = answer.headers["Content-Security-Policy"]
        assert "img-src 'self' data: https://media.retroachievements.org;" in policy


def test_pages_take_the_time_from_their_context(home: SyncHarness) -> None:
    later = home.clock.now() + timedelta(days=2)
    with served(context_of(home), now=lambda: later) as client:
        assert "4 games overdue" in read(client, "/").text
        assert "ongoing" in read(client, "/sync-health").text


@pytest.mark.parametrize("path", [*PAGES, *DATA])
def test_both_databases_show_the_same(client: PageClient, postgres: PageClient, path: str) -> None:
    on_sqlite, on_postgres = client.get(path), postgres.get(path)
    assert on_postgres.status_code == 200
    if path == "/sync-health":  # their sizes differ
        assert on_sqlite.text.count("<tr>") == on_postgres.text.count("<tr>")
    else:
        assert without_digests(on_sqlite.text) == without_digests(on_postgres.text)


def without_digests(text: str) -> str:
    return re.sub(r"\?v=\w+", "", text)


@pytest.fixture(scope="module")
def postgres(postgres_server: Any) -> Iterator[PageClient]:
    home = record_day(postgres_server.create_database())
    with served(context_of(home)) as client:
        yield client
    home.close()
