"""Content type, JSON and shape of an answer, and the error that each becomes."""

import json
from datetime import UTC, datetime

import pytest

from syncer.core.errors import BatchError, EmptyResponse, SiteUnavailable
from syncer.core.model.progress import UnparsableEntry
from tests.edges.raw_server import RawServer, answer

from .harness import ENTRY, GOOD, KEY, READ, ClientHarness, failed


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<!doctype html><h1>Maintenance</h1>", "text/html; charset=utf-8"),
        (b"\n  <html>", "application/json"),  # its type is wrong
        (b'{"1":2}', "text/html"),  # so is this one
        (b"<h1>", ""),
    ],
)
def test_a_web_page_means_the_site_is_unavailable(body: bytes, kind: str) -> None:
    assert failed(SiteUnavailable, answer(body, kind=kind or " ")).raw


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"{", id="cut, but its length was right"),
        pytest.param(b"\xef\xbb\xbf{}", id="BOM"),
        pytest.param(b'{"1":NaN}', id="NaN"),
        pytest.param(b'{"1":-Infinity}', id="Infinity"),
        pytest.param(b'{"1":1,"1":2}', id="duplicate key"),
        pytest.param(b'{"1":{"NumAchieved":1,"NumAchieved":2}}', id="duplicate key inside"),
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(b'{"1":' * 100_000, id="deep maps"),
        pytest.param(b'{"1":' + b"9" * 5000 + b"}", id="a number of 5000 digits"),
        pytest.param(b'{"1":"\xff"}', id="not UTF-8"),
        pytest.param(b"hello", id="no JSON at all"),
        pytest.param(b"null", id="null"),
        pytest.param(b"[1]", id="a list with content"),
        pytest.param(b'[{"1":2}]', id="a list of maps"),
        pytest.param(b'"1"', id="a string"),
        pytest.param(b"0", id="zero, which is as false as []"),
        pytest.param(b"false", id="false"),
    ],
)
def test_an_unparsable_answer_fails_the_batch_with_evidence(body: bytes) -> None:
    assert failed(BatchError, answer(body)).raw


def test_deeply_nested_json_breaks_nothing() -> None:
    depths = range(10, 1200, 70)
    scripts = [answer(b'{"1":' + b"[" * depth + b"]" * depth + b"}") for depth in depths]
    with RawServer(*scripts) as server:
        client = ClientHarness(server)
        for _ in depths:
            try:
                seen = client.progress().games[1]
            except BatchError:
                continue
            assert isinstance(seen, UnparsableEntry)


def test_another_content_type_fails_the_batch() -> None:
    failed(BatchError, answer('{"1":2}', kind="text/plain"))


@pytest.mark.parametrize("body", ["[]", "{}", " [ ] "])
def test_an_empty_answer_has_its_own_error(body: str) -> None:
    failed(EmptyResponse, answer(body))


def test_only_requested_games_are_read_and_the_others_counted() -> None:
    body = {"2": ENTRY, "1": {**ENTRY, "NumAchieved": None}, "01": ENTRY, "x": 1, "7": ENTRY}
    with RawServer(answer(json.dumps(body), "200 OK", "Date: Sun, 01 Mar 2026 12:00:00 GMT")) as server:
        seen = ClientHarness(server).progress((1, 2, 3))
    assert seen.extra == 3
    assert seen.date == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert seen.games[2] == READ
    assert isinstance(seen.games[1], UnparsableEntry)
    assert 3 not in seen.games


def test_the_request_names_the_keys_owner_and_the_player() -> None:
    with RawServer(GOOD) as server:
        ClientHarness(server).progress((1, 22, 333))
    line = server.requests[0].split(b"\r\n")[0].decode()
    assert line == f"GET /API/API_GetUserProgress.php?z=Owner&u=Max&i=1,22,333&y={KEY} HTTP/1.1"
