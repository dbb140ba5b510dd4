"""Retry-After and the waits of a client."""

from datetime import timedelta

import pytest

from syncer.core.errors import BatchError, Deferred, RateLimited
from tests.edges.raw_server import RawServer, Script, answer

from .harness import GOOD, READ, ClientHarness


def limited(status: str, *headers: str) -> Script:
    return answer("<h1>slow down</h1>", status, *headers, kind="text/html")


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
def test_a_short_retry_after_is_waited_for_and_retried(status: str) -> None:
    with RawServer(limited(status, "Retry-After: 20"), GOOD) as server:
        client = ClientHarness(server)
        assert client.progress().games == {1: READ}
        assert client.limiter.taken == client.source.requests == 2
    assert sum(client.waits) == pytest.approx(20, abs=0.5)


def test_a_long_retry_after_is_stored_and_no_request_is_sent_before() -> None:
    with RawServer(limited("429 Too Many Requests", "Retry-After: 600"), GOOD) as server:
        client = ClientHarness(server)
        error = client.fails(Deferred)
        assert client.budget.read().not_before == error.until
        assert error.until - client.clock.now() == pytest.approx(
            timedelta(seconds=600), abs=timedelta(seconds=2)
        )
        client.fails(Deferred)
        assert len(server.requests) == 1
    assert client.waits == []


def test_a_date_in_retry_after_counts_from_the_answers_own_date() -> None:
    dates = ("Date: Sun, 01 Mar 2020 12:00:00 GMT", "Retry-After: Sun, 01 Mar 2020 12:00:20 GMT")
    with RawServer(limited("429 Too Many Requests", *dates), GOOD) as server:
        client = ClientHarness(server)
        client.progress()
    assert sum(client.waits) == pytest.approx(20, abs=0.5)


@pytest.mark.parametrize("headers", [(), ("Retry-After: soon",), ("Retry-After: 0",), ("Retry-After: -5",)])
def test_a_429_without_a_usable_retry_after_waits_by_the_default_rule(headers: tuple[str, ...]) -> None:
    with RawServer(limited("429 Too Many Requests", *headers)) as server:
        client = ClientHarness(server)
        error = client.fails(Deferred)  # more than a minute: above the wait allowance
        assert len(server.requests) == 1
    assert timedelta(seconds=50) < error.until - client.clock.now() <= timedelta(seconds=76)
    assert client.budget.read().wait_reason == "rate_limit"


def test_after_three_429_the_request_fails() -> None:
    with RawServer(limited("429 Too Many Requests", "Retry-After: 2")) as server:
        client = ClientHarness(server)
        client.fails(RateLimited)
        assert len(server.requests) == 3


def test_a_503_without_a_usable_retry_after_fails_the_batch() -> None:
    with RawServer(limited("503 Service Unavailable", "Retry-After: soon")) as server:
        client = ClientHarness(server)
        client.fails(BatchError)
    assert client.budget.read().not_before is None
