"""The status of an answer, and the error that it becomes."""

from typing import Any

import pytest

from syncer.core.errors import (
    BatchError,
    InvalidRequest,
    SiteUnavailable,
    SyncerError,
    Unauthorized,
    UrlTooLong,
)
from tests.edges.raw_server import End, RawServer, Script, answer

from .harness import GOOD, KEY, READ, ClientHarness, failed


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("401 Unauthorized", Unauthorized),
        ("403 Forbidden", SiteUnavailable),
        ("404 Not Found", SiteUnavailable),
        ("410 Gone", SiteUnavailable),
        ("414 URI Too Long", UrlTooLong),
        ("422 Unprocessable Content", InvalidRequest),
        ("301 Moved Permanently", SiteUnavailable),
        ("302 Found", SiteUnavailable),
        ("307 Temporary Redirect", SiteUnavailable),
        ("201 Created", BatchError),  # a success, but of another kind
        ("206 Partial Content", BatchError),
        ("400 Bad Request", BatchError),
        ("408 Request Timeout", BatchError),
        ("500 Internal Server Error", BatchError),
        ("502 Bad Gateway", BatchError),
        ("503 Service Unavailable", BatchError),  # without Retry-After
        ("504 Gateway Timeout", BatchError),
        ("520 Unknown", BatchError),
        ("524 A Timeout Occurred", BatchError),
    ],
)
@pytest.mark.parametrize(
    "page", [("{}", "application/json"), ("<h1>no</h1>", "text/html")], ids=["json", "html"]
)
def test_the_status_decides_whatever_the_body_is(
    status: str, kind: type[SyncerError], page: tuple[str, str]
) -> None:
    failed(kind, answer(page[0], status, kind=page[1]))


def test_204_is_an_error() -> None:
    failed(BatchError, (b"HTTP/1.1 204 No Content\r\n\r\n", End.KEEP))


def test_the_first_wait_after_a_403_is_a_quarter_of_an_hour() -> None:
    assert failed(SiteUnavailable, answer("<h1>challenge</h1>", "403 Forbidden")).first_wait == 900


@pytest.mark.parametrize("status", ["403 Forbidden", "302 Found", "404 Not Found", "500 Oops", "422 No"])
def test_the_body_is_kept_as_evidence_without_the_key(status: str) -> None:
    error = failed_any(answer(f"<p>/API?y={KEY}\0 \xff</p>".encode("latin-1"), status))
    assert error.raw.startswith("<p>/API?y=[key]")
    assert "\0" not in error.raw


def test_evidence_is_at_most_4_kb() -> None:
    assert len(failed_any(answer("ä" * 9000, "500 Oops")).raw.encode()) <= 4096


def failed_any(script: Script) -> Any:
    with RawServer(script) as server, pytest.raises(SyncerError) as caught:
        ClientHarness(server).progress()
    return caught.value


def test_a_refused_key_opens_the_circuit_breaker_and_a_good_answer_closes_it() -> None:
    with RawServer(answer("{}", "401 Unauthorized"), GOOD) as server:
        client = ClientHarness(server)
        client.fails(Unauthorized)
        assert client.budget.read().refused_at is not None
        client.fails(Unauthorized)  # by the breaker, not by the site
        assert len(server.requests) == 1
        client.limiter.interactive = True
        assert client.progress().games == {1: READ}
        assert client.budget.read().refused_at is None


def test_a_414_halves_the_batch_limit() -> None:
    with RawServer(answer("", "414 URI Too Long")) as server:
        client = ClientHarness(server)
        with pytest.raises(UrlTooLong):
            client.progress(range(1, 41))
        assert client.budget.read().max_batch == 20
