"""/feed.atom and /masteries.ics, each read by two parsers that know nothing of each other."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import atoma
import pytest

from syncer.store.db.account_tables import awards
from syncer.store.db.tables import games, players, unlocks
from syncer.web.app.application import Access
from syncer.web.feeds.endpoints import MAX_ENTRIES
from syncer.web.feeds.entries import one_line
from syncer.web.feeds.ics import MAX_LINE
from tests.edges.harness import START, SyncHarness

from .feed_parsers import by_atoma, by_feedparser, by_icalendar, by_vobject
from .harness import HOSTILE, PageClient, context_of, record_day, served, unlock
from .parsed_page import FEEDS, read

DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
TITLES = {
    1: HOSTILE,
    2: 'back\\next; semi, comma: "quoted"\r\nX-INJECTED:1\nEND:VEVENT',
    5: "]]> <!ENTITY x SYSTEM 'file:///etc/passwd'> &x; &#0; \ufffe\uffff",
    6: "🎮 " * 60 + "красный 赤",
}
DATED = {  # game: kind, at, first seen
    1: ("mastered", START - 300 * DAY, START),
    2: ("completed", START - 20 * DAY, START + HOUR),
    5: ("mastered", START - 20 * DAY - SECOND, START),
    6: ("mastered", START - 10 * DAY, START),
}


def record(url: str) -> SyncHarness:
    """Return a day with hostile titles, four dated masteries, and two that only polls show.

    These are of game 3, and of game 1, which had been mastered long before.
    """
    home = record_day(url)
    home.world.earn("Tester", 3, 10, home.clock.now(), hardcore=True)
    home.live(HOUR, HOUR / 4)
    with home.database.writing() as tx:
        for game, title in TITLES.items():
            tx.execute(games.update().where(games.c.id == game).values(title=title))
        for game, (kind, at, seen) in DATED.items():
            tx.execute(awards.insert(), award(game, kind, at, seen))
        tx.execute(awards.insert(), award(1, "beaten-hardcore", START - 301 * DAY, START))
    return home


@pytest.fixture
def recorded(tmp_path: Path) -> Iterator[SyncHarness]:
    home = record(f"sqlite:///{tmp_path / 'syncer.db'}")
    yield home
    home.close()


@pytest.fixture
def each_feeds(database_url: str) -> Iterator[PageClient]:
    """Return the pages of the day on each database."""
    home = record(database_url)
    with served(context_of(home)) as client:
        yield client
    home.close()


def award(game: int, kind: str, at: datetime, seen: datetime) -> dict[str, Any]:
    return {"player_id": 1, "game_id": game, "kind": kind, "awarded_at": at, "first_seen_at": seen}


@pytest.fixture
def feeds(recorded: SyncHarness) -> Iterator[PageClient]:
    with served(context_of(recorded)) as client:
        yield client


def test_two_parsers_read_the_same_entries_from_the_feed(each_feeds: PageClient) -> None:
    answer = each_feeds.get("/feed.atom")
    assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    entries = by_feedparser(answer.content)
    assert entries == by_atoma(answer.content)
    kinds = [entry[-1] for entry in entries]
    assert (kinds.count("unlock"), kinds.count("mastered"), kinds.count("completed")) == (4, 5, 1)
    assert len({entry[0] for entry in entries}) == len(entries)
    times = [entry[4] for entry in entries]
    assert times == sorted(times, reverse=True)
    found = atoma.parse_atom_bytes(answer.content)
    assert found.updated == max(entry[5] for entry in entries)
    assert (found.title.value, found.authors[0].name) == ("Tester: unlocks and masteries", "Tester")
    assert [(link.rel, link.href) for link in found.links] == [("self", "/feed.atom"), ("alternate", "/")]


def test_an_entry_says_what_happened_and_when(feeds: PageClient) -> None:
    entries = {entry[3].partition(".org/")[2]: entry for entry in by_atoma(feeds.get("/feed.atom").content)}
    first = unlock(0)
    *_, title, text, link, at, updated, kind = entries["achievement/1"]
    assert title == one_line(f"Unlocked {HOSTILE} in {HOSTILE}").replace("\u202e", "\ufffd")
    assert (text, at, updated) == ("hardcore, 10 points", first["unlocked_at"], first["first_seen_at"])
    assert (link, kind) == ("https://retroachievements.org/achievement/1", "unlock")
    assert "achievement/4" not in entries, "the site took it back"
    _, title, text, _, at, updated, kind = entries["game/2"]
    assert (at, updated, kind) == (*DATED[2][1:], "completed")
    assert title == one_line(f"Completed {TITLES[2]}")
    assert text == "all achievements, NES"


def test_two_parsers_read_the_same_events_from_the_calendar(each_feeds: PageClient) -> None:
    answer = each_feeds.get("/masteries.ics")
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    events = by_icalendar(answer.content)
    assert events == by_vobject(answer.content)
    by_game = {int(event[3].rpartition("/")[2]): event for event in events}  # the oldest of each
    assert {game: event[4:] for game, event in by_game.items() if game != 3} == {
        game: (at, seen) for game, (_, at, seen) in DATED.items()
    }
    assert {event[1].split()[0] for event in events} == {"Mastered", "Completed"}
    assert by_game[2][1] == one_line(f"Completed {TITLES[2]}")
    assert by_game[3][4] == by_game[3][5]
    assert by_game[3][2].endswith(f" and {by_game[3][4]:%Y-%m-%d %H:%M UTC}")
    assert {entry[0] for entry in by_atoma(each_feeds.get("/feed.atom").content)} >= {
        f"urn:uuid:{event[0]}" for event in events
    }


def test_no_line_of_the_calendar_is_long_or_injected(feeds: PageClient) -> None:
    body = feeds.get("/masteries.ics").content
    lines = body.split(b"\r\n")
    assert max(map(len, lines)) <= MAX_LINE
    assert b"\n" not in b"".join(lines)
    assert not [line for line in lines if line.startswith((b"X-INJECTED", b"END:VEVENT;"))]
    assert [line.decode() for line in lines]  # no character is divided between two lines
    assert lines.count(b"BEGIN:VEVENT") == lines.count(b"END:VEVENT") == 6


def test_a_name_of_two_lines_adds_none_to_the_calendar(feeds: PageClient, recorded: SyncHarness) -> None:
    with recorded.database.writing() as tx:
        tx.execute(players.update().values(username="Tester\r\nX-INJECTED:1"))
    lines = feeds.get("/masteries.ics").text.split("\r\n")
    assert "X-WR-CALNAME:Tester X-INJECTED:1: masteries" in lines
    assert "X-INJECTED:1: masteries" not in lines


def test_a_game_that_is_mastered_again_is_two_events(feeds: PageClient) -> None:
    first, second = sorted(
        (event for event in by_icalendar(feeds.get("/masteries.ics").content) if event[3].endswith("/1")),
        key=lambda event: event[4],
    )
    assert first[0] != second[0]
    assert first[4] == DATED[1][1]
    assert second[4] > START


def test_ids_stay_when_a_date_becomes_known(feeds: PageClient, recorded: SyncHarness) -> None:
    def of_game(game: int) -> tuple[Any, ...]:
        (event,) = (e for e in by_icalendar(feeds.get("/masteries.ics").content) if e[3].endswith(f"/{game}"))
        return event

    before = of_game(3)
    at = before[4] - 60 * SECOND
    with recorded.database.writing() as tx:
        tx.execute(awards.insert(), award(3, "mastered", at, before[4] + HOUR))
    after = of_game(3)
    assert (after[0], after[4:]) == (before[0], (at, before[4] + HOUR))


def test_who_has_the_newest_answer_gets_none(feeds: PageClient, recorded: SyncHarness) -> None:
    for path in FEEDS:
        answer = feeds.get(path)
        tag = answer.headers["ETag"]
        assert answer.headers["Cache-Control"] == "private, no-cache"
        for sent in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
            again = feeds.get(path, headers={"If-None-Match": sent})
            assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
            assert again.headers["Cache-Control"] == "private, no-cache"
        assert feeds.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
        recorded.clock.pass_by(3600)
        assert feeds.get(path).headers["ETag"] == tag, "time alone changes nothing"
        with recorded.database.writing() as tx:
            tx.execute(games.update().where(games.c.id == 1).values(title=f"New {path}"))
        assert feeds.get(path, headers={"If-None-Match": tag}).status_code == 200
        assert feeds.request("HEAD", path).headers["Content-Type"] == answer.headers["Content-Type"]


def test_the_feed_holds_the_newest_and_nothing_older(feeds: PageClient, recorded: SyncHarness) -> None:
    many = [unlock(0) | {"achievement_id": 1000 + n, "unlocked_at": START - n * HOUR} for n in range(300)]
    with recorded.database.writing() as tx:
        tx.execute(unlocks.insert(), many)
    entries = by_atoma(feeds.get("/feed.atom").content)
    assert len(entries) == MAX_ENTRIES
    assert {entry[-1] for entry in entries} == {"unlock", "mastered"}
    assert min(entry[4] for entry in entries) > START - MAX_ENTRIES * HOUR
    assert len(by_icalendar(feeds.get("/masteries.ics").content)) == 6


def test_players_have_their_own_feeds(feeds: PageClient) -> None:
    links = [link for link in read(feeds, "/games").all("link") if link["rel"] == "alternate"]
    assert [(link["href"], link["type"]) for link in links] == [
        ("/feed.atom", "application/atom+xml"),
        ("/masteries.ics", "text/calendar"),
    ]
    for path in FEEDS:
        assert feeds.get(f"{path}?player=tester").status_code == 200
        assert feeds.get(f"{path}?player=nobody").status_code == 404
        assert feeds.request("POST", path).status_code == 405
        assert feeds.get(path, headers={"Host": "evil.example"}).status_code == 400


def test_without_unlocks_only_masteries_are_in_the_feed(recorded: SyncHarness) -> None:
    with served(context_of(recorded), without_unlocks=frozenset({"tester"})) as client:
        kinds = {entry[-1] for entry in by_atoma(client.get("/feed.atom").content)}
    assert kinds == {"mastered", "completed"}


def test_addresses_begin_with_the_base_path(recorded: SyncHarness) -> None:
    with served(context_of(recorded), Access(base_path="/ra")) as client:
        found = atoma.parse_atom_bytes(client.get("/ra/feed.atom").content)
        assert [link.href for link in found.links] == ["/ra/feed.atom", "/ra/"]
        assert client.get("/ra/masteries.ics").status_code == 200


def test_who_has_reached_nothing_has_valid_feeds(database_url: str) -> None:
    home = SyncHarness(database_url)
    with served(context_of(home)) as client:
        assert {client.get(path).status_code for path in FEEDS} == {404}  # no player yet
        home.poll()
        assert by_feedparser(client.get("/feed.atom").content) == []
        assert by_atoma(client.get("/feed.atom").content) == []
        assert by_icalendar(client.get("/masteries.ics").content) == []
        assert by_vobject(client.get("/masteries.ics").content) == []
    home.close()


def test_nothing_is_newer_than_the_past_moment_that_is_asked_for(recorded: SyncHarness) -> None:
    moment = START - 5 * DAY  # before the first poll: all of it was stored later
    with served(context_of(recorded)) as client:
        answer = client.get("/feed.atom", params={"at": f"{moment:%Y-%m-%dT%H:%M:%SZ}"})
        found = atoma.parse_atom_bytes(answer.content)
    assert found.entries
    assert max([found.updated, *(entry.updated for entry in found.entries)]) <= moment + SECOND
