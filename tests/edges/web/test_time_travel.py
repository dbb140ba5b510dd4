"""The time travel endpoint on the wire: the site's shape, its errors, and no key in a log."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from syncer.core.formats.timestamps import format_utc
from syncer.demo.server import DemoServer
from tests.waiting import PATIENCE

from .time_travel_client import PROGRESS, TimeTravelClient, recording

KEY = "canary0canary0canary0canary0canr"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TimeTravelClient]:
    yield from recording(f"sqlite:///{tmp_path / 'syncer.db'}")


@pytest.fixture(scope="module")
def polled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TimeTravelClient]:
    for client in recording(f"sqlite:///{tmp_path_factory.mktemp('polled') / 'syncer.db'}"):
        client.home.world.earn("Tester", 1, 2, client.home.clock.now(), hardcore=True)
        client.home.poll()
        yield client


@pytest.mark.parametrize(
    "query",
    [
        "u=Tester&i=3,1,2",  # in the order of first appearance
        "u=tESTER&i=1,1, 2,%2B3,04",  # spaces, a sign, a leading zero, twice
        "u=Tester&i=1e0,2.9,abc,,0x1F,12abc,0,-4,0.5,1",  # cut, and dropped
        "u=Tester&i=1,77,99999999999999999999",  # unknown games: zeros
        "u=Tester&i=",
        "u=Tester",
        "u=Tester&i=abc",
        "u=Nobody&i=1",
        "u=ZZZZZZZZZZZZZZZZZZZZZZZZZZ&i=1",  # an unknown ULID
        "u=Nobody&u=+Tester+&i=1",  # the last one wins; trimmed
        "i=1",
        "u=&i=1",
        "u=x&i=1",
        "u=T%C3%A4ster&i=1",
        "u[]=Tester&i=1",
        "u=" + "x" * 21,
    ],
)
def test_answer_equals_the_sites_byte_by_byte(polled_once: TimeTravelClient, query: str) -> None:
    with DemoServer(polled_once.home.world, polled_once.home.clock) as site, requests.Session() as session:
        session.trust_env = False
        theirs = session.get(f"{site.base_url}/{PROGRESS}?{query}&y={'k' * 32}", timeout=PATIENCE)
    ours = polled_once.ask(query)
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
def test_invalid_moment_is_a_422_that_names_at(polled_once: TimeTravelClient, at: str, why: str) -> None:
    answer = polled_once.ask(f"u=Tester&i=1&at={at}")
    assert answer.status_code == 422
    assert answer.content.isascii()
    (message,) = answer.json()["errors"]["at"]
    assert why in message == answer.json()["message"]


@pytest.mark.parametrize(("query", "coverage"), [("u=Nobody&i=1", "unknown"), ("u=Tester&i=abc", None)])
def test_empty_answer_says_whether_the_player_is_known(
    polled_once: TimeTravelClient, query: str, coverage: str | None
) -> None:
    answer = polled_once.ask(query)
    assert (answer.text, answer.headers.get("Syncer-Coverage")) == ("[]", coverage)
    assert answer.headers["Syncer-At"] == format_utc(polled_once.home.clock.now())


def test_all_problems_are_reported_at_once(polled_once: TimeTravelClient) -> None:
    answer = polled_once.ask("u=x&i[]=1&at[]=1d")
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["u", "i", "at"]
    assert answer.json()["message"].endswith("(and 2 more errors)")


@pytest.mark.parametrize("script", ["API_GetGame.php", "API_getUserProgress.php", "x"])
def test_other_endpoint_is_not_found_as_on_the_site(polled_once: TimeTravelClient, script: str) -> None:
    answer = polled_once.ask("u=Tester&i=1", script)
    error = {"status": "404", "code": "not_found", "title": "Not Found"}
    assert (answer.status_code, answer.json()) == (404, {"message": "Not Found", "errors": [error]})


def test_head_is_answered_and_writing_methods_are_not(polled_once: TimeTravelClient) -> None:
    head, get = (polled_once.ask("u=Tester&i=1", method=method) for method in ("HEAD", "GET"))
    assert (head.status_code, head.content) == (200, b"")
    same = ("Content-Length", "Content-Type", "Syncer-At", "Syncer-Coverage")
    assert [head.headers[name] for name in same] == [get.headers[name] for name in same]
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        answer = polled_once.ask("u=Tester&i=1", method=method, headers={"Origin": "http://elsewhere.test"})
        assert answer.status_code == 405
        assert sorted(answer.headers["Allow"].split(", ")) == ["GET", "HEAD", "POST"]


@pytest.mark.parametrize("query", ["u=Tester&i=1", "u=x&i=1", "u=Tester&i=1&at=soon", ""])
@pytest.mark.parametrize("body", [b"", b"u=Nobody&i=2&at=2026-01-01", b"x" * 200_000])
def test_post_is_answered_as_get_without_its_body(
    polled_once: TimeTravelClient, query: str, body: bytes
) -> None:
    get, post = polled_once.ask(query), polled_once.ask(query, method="POST", data=body)
    assert (post.status_code, post.content) == (get.status_code, get.content)
    varying = {"date", "syncer-at", "connection"}  # an unread body may close the connection
    kept = [{n.lower(): v for n, v in a.headers.items() if n.lower() not in varying} for a in (get, post)]
    assert kept[0] == kept[1]


def test_post_stores_nothing_and_reaches_no_other_page(polled_once: TimeTravelClient) -> None:
    database = polled_once.home.database.path
    assert database
    before = database.read_bytes()
    assert polled_once.ask("u=Tester&i=1", "API_GetGame.php", method="POST").status_code == 404
    assert polled_once.ask("u=Tester&i=1", method="POST").status_code == 200
    assert database.read_bytes() == before
    with requests.Session() as session:
        session.trust_env = False
        for path in ("/API", "/API/", "/API/../", "/"):
            assert session.post(f"{polled_once.origin}{path}", timeout=PATIENCE).status_code in (404, 405)


def test_other_origins_may_not_read_through_a_browser(polled_once: TimeTravelClient) -> None:
    answer = polled_once.ask("u=Tester&i=1", headers={"Origin": "http://elsewhere.test"})
    assert [name for name in answer.headers if name.lower().startswith("access-control")] == []
    assert polled_once.ask("u=Tester&i=1", headers={"Host": "elsewhere.test"}).status_code == 400


def test_too_many_ids_make_the_url_too_long(polled_once: TimeTravelClient) -> None:
    many = ",".join(map(str, range(10_000, 11_300)))
    assert len(polled_once.ask(f"u=Tester&i={many}").json()) == 1300
    answer = polled_once.ask(f"u=Tester&i={many},{many}")
    assert (answer.status_code, answer.json()["errors"][0]["status"]) == (414, "414")


def test_key_of_the_client_is_in_no_log(
    polled_once: TimeTravelClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "urllib3")  # the client's own
    caplog.set_level(logging.DEBUG)
    for script in (PROGRESS, "API_GetGame.php"):
        polled_once.ask(f"z=Tester&y={KEY}&u=Tester&i=1", script)
    polled_once.ask(f"y={KEY}&u=x")
    assert [r for r in caplog.records if r.name == "uvicorn.access" and "/API/" in r.getMessage()] != []
    assert KEY not in caplog.text
    assert "z=" not in caplog.text


def test_missing_database_is_unavailable(client: TimeTravelClient) -> None:
    client.home.poll()
    client.home.database.pin_identity()
    path = client.home.database.path
    assert path
    path.rename(path.with_suffix(".away"))
    answer = client.ask("u=Tester&i=1")
    assert (answer.status_code, answer.json()["message"]) == (503, "Service Unavailable")
    assert str(path) not in answer.text
