"""GetUserProgress from the database, over a real socket: the site's shape, any moment, honest headers."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
import requests

from syncer.core.errors import SiteUnavailable
from syncer.core.formats.timestamps import format_utc
from syncer.demo.server import DemoServer
from syncer.web.api import time_travel
from syncer.web.app.context import Context
from tests.edges.harness import GAMES, SyncHarness
from tests.request_log_server import served

HOUR = timedelta(hours=1)
KEY = "canary0canary0canary0canary0canr"
PROGRESS = "API_GetUserProgress.php"


class Traveller:
    """A household, and whoever asks about its past."""

    def __init__(self, home: SyncHarness, origin: str) -> None:
        self.home, self.origin = home, origin

    def ask(self, query: str, script: str = PROGRESS, method: str = "GET", **more: Any) -> requests.Response:
        with requests.Session() as session:
            session.trust_env = False
            return session.request(method, f"{self.origin}/API/{script}?{query}", timeout=10, **more)

    def at(self, moment: datetime, ids: str, u: str = "Tester") -> tuple[dict[str, int], list[str | None]]:
        """What was achieved, by game, and what the headers say of it."""
        answer = self.ask(f"u={u}&i={ids}&at={quote(format_utc(moment))}")
        assert answer.status_code == 200
        assert answer.headers["Syncer-At"] == format_utc(moment)
        words = [answer.headers.get(f"Syncer-Coverage{end}") for end in ("", "-Games")]
        return {game: six["NumAchieved"] for game, six in answer.json().items()}, words


def moved_in(url: str) -> Iterator[Traveller]:
    home = SyncHarness(url)
    context = Context(home.queries, home.clock.now, ZoneInfo("Europe/Berlin"), timedelta(minutes=30))
    with served(context, time_travel.routes) as origin:
        yield Traveller(home, origin)
    home.close()


@pytest.fixture
def traveller(tmp_path: Path) -> Iterator[Traveller]:
    yield from moved_in(f"sqlite:///{tmp_path / 'syncer.db'}")


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traveller]:
    """One look, and no more: for all tests that only ask."""
    for traveller in moved_in(f"sqlite:///{tmp_path_factory.mktemp('settled') / 'syncer.db'}"):
        traveller.home.world.earn("Tester", 1, 2, traveller.home.clock.now(), hardcore=True)
        traveller.home.poll()
        yield traveller


@pytest.fixture
def each_traveller(database_url: str) -> Iterator[Traveller]:
    """On SQLite, and on PostgreSQL."""
    yield from moved_in(database_url)


# -- the wire contract ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "u=Tester&i=3,1,2",  # in the order of first appearance
        "u=tESTER&i=1,1, 2,%2B3,04",  # spaces, a sign, a leading zero, twice
        "u=Tester&i=1e0,2.9,abc,,0x1F,12abc,0,-4,0.5,1",  # cut, and dropped
        "u=Tester&i=1,77,99999999999999999999",  # no such games: zeros
        "u=Tester&i=",
        "u=Tester",
        "u=Tester&i=abc",
        "u=Nobody&i=1",
        "u=ZZZZZZZZZZZZZZZZZZZZZZZZZZ&i=1",  # a ULID of nobody
        "u=Nobody&u=+Tester+&i=1",  # the last one wins; trimmed
        "i=1",
        "u=&i=1",
        "u=x&i=1",
        "u=T%C3%A4ster&i=1",
        "u[]=Tester&i=1",
        "u=" + "x" * 21,
    ],
)
def test_we_answer_byte_by_byte_what_the_site_answers(settled: Traveller, query: str) -> None:
    with DemoServer(settled.home.world, settled.home.clock) as site, requests.Session() as session:
        session.trust_env = False
        theirs = session.get(f"{site.base_url}/{PROGRESS}?{query}&y={'k' * 32}", timeout=10)
    ours = settled.ask(query)
    assert (ours.status_code, ours.content) == (theirs.status_code, theirs.content)
    assert ours.headers["Content-Type"] == theirs.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("at", "why"),
    [
        ("2026-05-02", "future"),
        ("2026-05-01T15:00", "future"),  # an hour from now in Berlin
        ("soon", "not a time"),
        ("' OR 1=1", "not a time"),
        ("9999-12-31", "calendar"),
        ("2026-05-01T12:00+00:00", "%2B"),  # a + that became a space
        ("é" * 1000, "not a time"),
    ],
)
def test_no_moment_is_a_422_that_names_at(settled: Traveller, at: str, why: str) -> None:
    answer = settled.ask(f"u=Tester&i=1&at={at}")
    assert answer.status_code == 422
    assert answer.content.isascii()
    (told,) = answer.json()["errors"]["at"]
    assert why in told == answer.json()["message"]


@pytest.mark.parametrize(("query", "word"), [("u=Nobody&i=1", "unknown"), ("u=Tester&i=abc", None)])
def test_an_empty_answer_says_whether_the_player_is_known(
    settled: Traveller, query: str, word: str | None
) -> None:
    answer = settled.ask(query)
    assert (answer.text, answer.headers.get("Syncer-Coverage")) == ("[]", word)
    assert answer.headers["Syncer-At"] == format_utc(settled.home.clock.now())


def test_all_problems_are_told_at_once(settled: Traveller) -> None:
    answer = settled.ask("u=x&i[]=1&at[]=1d")
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["u", "i", "at"]
    assert answer.json()["message"].endswith("(and 2 more errors)")


@pytest.mark.parametrize("script", ["API_GetGame.php", "API_getUserProgress.php", "x"])
def test_every_other_endpoint_is_not_found_in_the_sites_words(settled: Traveller, script: str) -> None:
    answer = settled.ask("u=Tester&i=1", script)
    error = {"status": "404", "code": "not_found", "title": "Not Found"}
    assert (answer.status_code, answer.json()) == (404, {"message": "Not Found", "errors": [error]})


def test_head_is_answered_and_nothing_is_written(settled: Traveller) -> None:
    head, get = (settled.ask("u=Tester&i=1", method=method) for method in ("HEAD", "GET"))
    assert (head.status_code, head.content) == (200, b"")
    same = ("Content-Length", "Content-Type", "Syncer-At", "Syncer-Coverage")
    assert [head.headers[name] for name in same] == [get.headers[name] for name in same]
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        answer = settled.ask("u=Tester&i=1", method=method, headers={"Origin": "http://elsewhere.test"})
        assert answer.status_code == 405
        assert sorted(answer.headers["Allow"].split(", ")) == ["GET", "HEAD"]


def test_no_other_page_may_read_it_through_a_browser(settled: Traveller) -> None:
    answer = settled.ask("u=Tester&i=1", headers={"Origin": "http://elsewhere.test"})
    assert [name for name in answer.headers if name.lower().startswith("access-control")] == []
    assert settled.ask("u=Tester&i=1", headers={"Host": "elsewhere.test"}).status_code == 400


def test_too_many_ids_are_too_long_an_address(settled: Traveller) -> None:
    many = ",".join(map(str, range(10_000, 11_300)))
    assert len(settled.ask(f"u=Tester&i={many}").json()) == 1300
    answer = settled.ask(f"u=Tester&i={many},{many}")
    assert (answer.status_code, answer.json()["errors"][0]["status"]) == (414, "414")


def test_the_clients_key_is_in_no_log(settled: Traveller, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "urllib3")  # the client's own
    caplog.set_level(logging.DEBUG)
    for script in (PROGRESS, "API_GetGame.php"):
        settled.ask(f"z=Tester&y={KEY}&u=Tester&i=1", script)
    settled.ask(f"y={KEY}&u=x")
    assert [r for r in caplog.records if r.name == "uvicorn.access" and "/API/" in r.getMessage()] != []
    assert KEY not in caplog.text
    assert "z=" not in caplog.text


def test_a_database_that_is_gone_is_try_later(traveller: Traveller) -> None:
    traveller.home.poll()
    traveller.home.database.pin_identity()
    path = traveller.home.database.path
    assert path
    path.rename(path.with_suffix(".away"))
    answer = traveller.ask("u=Tester&i=1")
    assert (answer.status_code, answer.json()["message"]) == (503, "Service Unavailable")
    assert str(path) not in answer.text


# -- time -----------------------------------------------------------------------------------------------


def test_any_moment_has_its_numbers_and_says_how_sure_they_are(each_traveller: Traveller) -> None:
    home, at = each_traveller.home, each_traveller.at
    first = home.clock.now()
    home.live(HOUR)
    home.world.earn("Tester", 1, 2, home.clock.now())
    home.live(HOUR)
    before = home.queries.history.snapshots(home.tracked.id, 1, None, None)[0]["last_seen_at"]
    after = home.queries.history.snapshots(home.tracked.id, 1, None, None)[1]["first_seen_at"]
    home.source.failure = SiteUnavailable("DNS")
    home.live(6 * HOUR)
    away = home.clock.now() - 2 * HOUR
    home.source.failure = None
    home.live(3 * HOUR)

    middle = before + (after - before) / 2
    assert at(before, "1") == ({"1": 0}, ["known", None])
    assert at(middle, "1") == ({"1": 0}, ["between", None])
    assert at(after, "1") == ({"1": 2}, ["known", None])
    assert at(away, "1,2") == ({"1": 2, "2": 0}, ["gap", None])
    assert at(first - HOUR, "1") == ({"1": 0}, ["unknown", None])
    assert at(datetime.fromisoformat("0300-01-01T00:00Z"), "1,2") == ({"1": 0, "2": 0}, ["unknown", None])
    assert at(away, "1,2,77") == ({"1": 2, "2": 0, "77": 0}, ["unknown", "gap; unknown=77"])
    assert at(middle, "77,4,3,1,78")[1] == ["unknown", "known; between=1; unknown=77,78"]


def test_now_and_a_bare_date_and_an_age(traveller: Traveller) -> None:
    home = traveller.home
    home.live(HOUR)
    home.world.earn("Tester", 1, 2, home.clock.now())
    home.live(36 * HOUR, HOUR)

    def achieved(query: str) -> tuple[int, str]:
        answer = traveller.ask(f"u=Tester&i=1{query}")
        return answer.json()["1"]["NumAchieved"], answer.headers["Syncer-At"]

    now = home.clock.now()
    assert achieved("") == achieved("&at=") == achieved("&at=0s") == (2, format_utc(now))
    assert achieved("&at=37h") == (0, format_utc(now - 37 * HOUR))
    assert achieved("&at=2026-05-01") == (2, "2026-05-01T21:59:59.999Z")  # the day's end in Berlin
    assert achieved("&at=2026-05-01T14:30") == (0, "2026-05-01T12:30:00.000Z")
    assert achieved("&at=2026-05-01T14:30%2B02:00") == (0, "2026-05-01T12:30:00.000Z")
    assert traveller.ask("u=Tester&i=1").headers["Syncer-Coverage"] in ("known", "between")


def test_a_game_that_left_the_configuration_keeps_its_past(traveller: Traveller) -> None:
    home = traveller.home
    home.world.earn("Tester", 4, 1, home.clock.now())
    home.live(HOUR)
    then = home.clock.now() - HOUR / 2
    home.games = GAMES[:3]
    home.live(5 * HOUR)
    assert traveller.at(then, "4")[0] == {"4": 1}
    assert traveller.at(home.clock.now(), "4") == ({"4": 1}, ["gap", None])


# -- whose ----------------------------------------------------------------------------------------------


def test_names_old_and_new_and_the_ulid_mean_the_same_player(each_traveller: Traveller) -> None:
    home = each_traveller.home
    home.world.earn("Tester", 1, 1, home.clock.now())
    home.poll()
    home.world.rename("Tester", "Renamed")
    home.clock.pass_by(86400 * 2)
    home.poll()
    ulid = home.account.ulid
    for name in ("Tester", "TESTER", "Renamed", "renamed", ulid, ulid.lower()):
        assert each_traveller.at(home.clock.now(), "1", name)[0] == {"1": 1}


def test_a_name_means_whoever_bears_it_now(traveller: Traveller) -> None:
    """A released name may pass to another player (site-api.md section 3): an ambiguous name is refused."""
    home, one = traveller.home, traveller.home.account
    other = home.world.add_account("Other", "o" * 32)
    home.world.earn(one, 1, 1, home.clock.now())
    home.world.earn(other, 1, 3, home.clock.now())

    def days_later(**renamed: str) -> None:
        for who, name in renamed.items():
            home.world.rename({"one": one, "other": other}[who], name)
        home.clock.pass_by(86400 * 2)
        for home.name in ("Given", "Other"):  # as they are configured
            home.poll()

    def meant(name: str) -> int:
        return traveller.at(home.clock.now(), "1", name)[0]["1"]

    days_later(one="Given")
    assert (meant("Given"), meant("Other")) == (1, 3)
    days_later(one="Both")
    days_later(one="Settled", other="Given")
    assert (meant("Given"), meant("Both"), meant("Settled")) == (3, 1, 1)
    days_later(other="Both")
    assert (meant("Given"), meant("Both")) == (1, 3)  # the one is configured so, the other is called so
    days_later(other="Elsewhere")
    answer = traveller.ask("u=Both&i=1")
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["u"])


def test_an_id_beyond_what_a_database_holds_is_no_game(each_traveller: Traveller) -> None:
    each_traveller.home.poll()
    answer = each_traveller.ask("u=Tester&i=1,2147483648,99999999999999999999")
    assert answer.status_code == 200
    assert list(answer.json()) == ["1", "2147483648", "9223372036854775807"]
