"""What an answer means, how often we ask again, and what the library gives back: over real sockets."""

import json
import logging
import threading
import time
import traceback
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from syncer.api import RetroAchievements
from syncer.api.client import Client
from syncer.api.source import ApiSource
from syncer.api.transport import Transport
from syncer.core.clock import SystemClock
from syncer.core.errors import (
    BatchError,
    Cancelled,
    ConfigError,
    Deferred,
    EmptyResponse,
    InvalidRequest,
    PlayerNotFound,
    RateLimited,
    SiteUnavailable,
    SyncerError,
    TransientError,
    Unauthorized,
    UrlTooLong,
)
from syncer.core.model.player import Profile
from syncer.core.model.progress import Progress, ProgressResponse, UnparsableEntry
from syncer.core.ratelimit.budget import RateLimits
from syncer.core.ratelimit.limiter import RateLimiter
from tests.fakes import MemoryBudget

from .raw_server import JSON_HEAD, End, RawServer, Script, answer

KEY = "canary0000111122223333444455556a"
ULID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
ENTRY = {
    "NumPossibleAchievements": 30,
    "PossibleScore": 400,
    "NumAchieved": 12,
    "ScoreAchieved": 95,
    "NumAchievedHardcore": 7,
    "ScoreAchievedHardcore": 60,
}
READ = Progress(30, 400, 12, 95, 7, 60)
CUT: Script = (JSON_HEAD + b"Content-Length: 99\r\n\r\n{}",)
GOOD = answer(json.dumps({"1": ENTRY}))
FAST = RateLimits(requests_per_minute=60_000, burst=3)


@pytest.fixture(autouse=True)
def _the_key_is_in_no_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG)
    yield
    assert KEY not in caplog.text


class HurriedClock(SystemClock):
    """Does not wait, but tells how long it would have, and moves its hands on."""

    def __init__(self) -> None:
        super().__init__()
        self.request_budgets = list[float]()

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=sum(self.request_budgets))

    def wait(self, seconds: float) -> None:
        super().wait(0)  # raises Stopped
        self.request_budgets.append(max(0.0, seconds))


class CountingGate(RateLimiter):
    taken = 0

    def acquire(self) -> None:
        super().acquire()
        self.taken += 1


class ClientHarness:
    """A site that plays scripts, and one who asks it."""

    def __init__(self, server: RawServer, clock: SystemClock | None = None, *, timeout: float = 5.0) -> None:
        self.server, self.clock = server, clock or HurriedClock()
        self.store = MemoryBudget(self.clock)
        self.limiter = CountingGate(self.store, FAST, self.clock)
        transport = Transport(f"http://127.0.0.1:{server.port}/API", KEY, clock=self.clock, timeout=timeout)
        self.site = ApiSource(Client(transport, self.limiter, "Asker", clock=self.clock, rng=Random(1)))

    @property
    def request_budgets(self) -> list[float]:
        assert isinstance(self.clock, HurriedClock)
        return [w for w in self.clock.request_budgets if w > 0.2]  # shorter ones are the spacing of slots

    def progress(self, ids: Sequence[int] = (1,)) -> ProgressResponse:
        return self.site.progress("Max", ids)

    def fails(self, kind: type[SyncerError]) -> Any:
        with pytest.raises(SyncerError) as caught:
            self.progress()
        assert type(caught.value) is kind or (
            kind is SiteUnavailable and isinstance(caught.value, SiteUnavailable)
        )
        assert KEY not in "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))
        return caught.value


def failed(kind: type[SyncerError], script: Script) -> Any:
    """The error of a site that always plays this script, and was asked only once for it."""
    with RawServer(script) as server:
        house = ClientHarness(server)
        error = house.fails(kind)
        assert len(server.requests) == house.site.requests == house.limiter.taken == 1
        return error


# What an answer means: status


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
        ("201 Created", BatchError),  # good, but not what was asked for
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
def test_the_status_decides_whatever_the_body_says(
    status: str, kind: type[SyncerError], page: tuple[str, str]
) -> None:
    failed(kind, answer(page[0], status, kind=page[1]))


def test_204_has_no_body_and_is_no_answer() -> None:
    failed(BatchError, (b"HTTP/1.1 204 No Content\r\n\r\n", End.KEEP))


def test_a_403_waits_for_a_quarter_of_an_hour_at_first() -> None:
    assert failed(SiteUnavailable, answer("<h1>challenge</h1>", "403 Forbidden")).first_wait == 900


@pytest.mark.parametrize("status", ["403 Forbidden", "302 Found", "404 Not Found", "500 Oops", "422 No"])
def test_what_the_site_said_is_kept_as_evidence_without_the_key(status: str) -> None:
    error = failed_any(answer(f"<p>/API?y={KEY}\0 \xff</p>".encode("latin-1"), status))
    assert error.raw.startswith("<p>/API?y=[key]")
    assert "\0" not in error.raw


def test_evidence_is_at_most_4_kb() -> None:
    assert len(failed_any(answer("ä" * 9000, "500 Oops")).raw.encode()) <= 4096


def failed_any(script: Script) -> Any:
    with RawServer(script) as server, pytest.raises(SyncerError) as caught:
        ClientHarness(server).progress()
    return caught.value


def test_a_refused_key_opens_the_breaker_and_a_good_answer_closes_it() -> None:
    with RawServer(answer("{}", "401 Unauthorized"), GOOD) as server:
        house = ClientHarness(server)
        house.fails(Unauthorized)
        assert house.store.read().refused_at is not None
        house.fails(Unauthorized)  # the breaker's, not the site's
        assert len(server.requests) == 1
        house.limiter.interactive = True
        assert house.progress().games == {1: READ}
        assert house.store.read().refused_at is None


def test_a_414_halves_the_limit() -> None:
    with RawServer(answer("", "414 URI Too Long")) as server:
        house = ClientHarness(server)
        with pytest.raises(UrlTooLong):
            house.progress(range(1, 41))
        assert house.store.read().max_batch == 20


# What an answer means: type, JSON, shape


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<!doctype html><h1>Maintenance</h1>", "text/html; charset=utf-8"),
        (b"\n  <html>", "application/json"),  # lies about itself
        (b'{"1":2}', "text/html"),  # so does this one
        (b"<h1>", ""),
    ],
)
def test_a_web_page_is_the_sites_failure(body: bytes, kind: str) -> None:
    assert failed(SiteUnavailable, answer(body, kind=kind or " ")).raw


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"{", id="cut, but its length was right"),
        pytest.param(b"\xef\xbb\xbf{}", id="BOM"),
        pytest.param(b'{"1":NaN}', id="NaN"),
        pytest.param(b'{"1":-Infinity}', id="Infinity"),
        pytest.param(b'{"1":1,"1":2}', id="twins"),
        pytest.param(b'{"1":{"NumAchieved":1,"NumAchieved":2}}', id="twins inside"),
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
def test_an_unreadable_answer_is_the_batchs_failure_with_evidence(body: bytes) -> None:
    assert failed(BatchError, answer(body)).raw


def test_deep_but_bearable_json_breaks_nothing() -> None:
    depths = range(10, 1200, 70)
    scripts = [answer(b'{"1":' + b"[" * depth + b"]" * depth + b"}") for depth in depths]
    with RawServer(*scripts) as server:
        house = ClientHarness(server)
        for _ in depths:
            try:
                seen = house.progress().games[1]
            except BatchError:
                continue
            assert isinstance(seen, UnparsableEntry)


def test_another_type_than_json_is_the_batchs_failure() -> None:
    failed(BatchError, answer('{"1":2}', kind="text/plain"))


@pytest.mark.parametrize("body", ["[]", "{}", " [ ] "])
def test_an_empty_answer_has_its_own_error(body: str) -> None:
    failed(EmptyResponse, answer(body))


def test_only_what_was_asked_is_read_and_the_rest_is_counted() -> None:
    body = {"2": ENTRY, "1": {**ENTRY, "NumAchieved": None}, "01": ENTRY, "x": 1, "7": ENTRY}
    with RawServer(answer(json.dumps(body), "200 OK", "Date: Sun, 01 Mar 2026 12:00:00 GMT")) as server:
        seen = ClientHarness(server).progress((1, 2, 3))
    assert seen.extra == 3
    assert seen.date == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert seen.games[2] == READ
    assert isinstance(seen.games[1], UnparsableEntry)
    assert 3 not in seen.games


def test_the_question_names_who_asks_and_about_whom() -> None:
    with RawServer(GOOD) as server:
        ClientHarness(server).progress((1, 22, 333))
    line = server.requests[0].split(b"\r\n")[0].decode()
    assert line == f"GET /API/API_GetUserProgress.php?z=Asker&u=Max&i=1,22,333&y={KEY} HTTP/1.1"


# Who somebody is


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Max", "Max"),
        (" M\x1b[31max\u202e\n", "M[31max"),  # no control characters, nothing that turns the text around
        ("M" * 100, "M" * 64),
    ],
)
def test_a_profile_is_a_ulid_and_a_harmless_name(name: str, expected: str) -> None:
    with RawServer(answer(json.dumps({"User": name, "ULID": ULID, "Motto": ""}))) as server:
        assert ClientHarness(server).site.profile("Max") == Profile(ULID, expected)


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"User": "Max"},
        {"User": "Max", "ULID": None},
        {"User": "Max", "ULID": ULID[:-1]},
        {"User": "Max", "ULID": ULID + "\n"},
        {"User": "Max", "ULID": ULID[:-1] + "-"},
        {"User": "", "ULID": ULID},
        {"User": "\u202e\x07", "ULID": ULID},  # nothing is left of it
        {"User": 5, "ULID": ULID},
        "Max",
    ],
)
def test_a_profile_without_a_ulid_or_a_name_is_unreadable(body: object) -> None:
    with RawServer(answer(json.dumps(body))) as server, pytest.raises(BatchError) as caught:
        ClientHarness(server).site.profile("Max")
    assert caught.value.raw


def test_an_unknown_player_is_404_with_an_empty_list() -> None:
    with RawServer(answer("[]", "404 Not Found")) as server, pytest.raises(PlayerNotFound):
        ClientHarness(server).site.profile("Nobody")


@pytest.mark.parametrize(
    "script",
    [
        answer("<h1>Not Found</h1>", "404 Not Found", kind="text/html"),
        answer('{"message":"Not Found","errors":[]}', "404 Not Found"),  # no such endpoint: a wrong base_url
        answer("[]", "410 Gone"),
    ],
    ids=["html", "another json", "gone"],
)
def test_any_other_404_says_nothing_about_the_player(script: Script) -> None:
    with RawServer(script) as server, pytest.raises(SiteUnavailable):
        ClientHarness(server).site.profile("Max")


# Asking again


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(CUT, id="short body"),
        pytest.param((), id="no answer"),
        pytest.param((End.RESET,), id="reset"),
        pytest.param((b"HTTP/1.1 200 OK\r\nContent-Ty",), id="cut inside the headers"),
        pytest.param((JSON_HEAD + b'\r\n{"1":',), id="cut, and no length to tell by"),
        pytest.param(answer(""), id="empty"),
    ],
)
def test_a_hiccup_is_asked_again_and_each_attempt_takes_a_slot(script: Script) -> None:
    with RawServer(script, GOOD) as server:
        house = ClientHarness(server)
        assert house.progress().games == {1: READ}
        assert len(server.requests) == house.site.requests == house.limiter.taken == 2
        assert len(house.request_budgets) == 1


def test_after_three_hiccups_it_is_a_failure_and_the_waits_grew() -> None:
    with RawServer(CUT) as server:
        house = ClientHarness(server)
        house.fails(TransientError)
        assert len(server.requests) == house.site.requests == house.limiter.taken == 3
    first, second = house.request_budgets
    assert 0.5 <= first <= 1.5
    assert 1.0 <= second <= 3.0


def test_timeouts_are_asked_again_only_within_twice_the_timeout() -> None:
    with RawServer((60.0,)) as server:
        house = ClientHarness(server, timeout=0.3)
        began = time.monotonic()
        house.fails(TransientError)
        assert time.monotonic() - began < 0.3 * 2 + 0.3
        assert len(server.requests) == house.limiter.taken == 2


def test_a_slow_hiccup_leaves_no_time_for_a_third_whole_attempt() -> None:
    slow: Script = (0.27, *CUT)
    with RawServer(slow) as server:
        ClientHarness(server, timeout=0.4).fails(TransientError)
        assert len(server.requests) == 2


def test_a_broken_but_whole_answer_is_not_asked_again() -> None:
    with RawServer(answer("{"), GOOD) as server:
        ClientHarness(server).fails(BatchError)
        assert len(server.requests) == 1


def test_a_stop_while_waiting_to_ask_again_is_obeyed_at_once() -> None:
    clock = SystemClock()
    with RawServer(CUT) as server:
        house = ClientHarness(server, clock)
        threading.Timer(0.2, clock.stop).start()
        began = time.monotonic()
        house.fails(Cancelled)
        assert time.monotonic() - began < 1


# Being told to wait


def limited(status: str, *headers: str) -> Script:
    return answer("<h1>slow down</h1>", status, *headers, kind="text/html")


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
def test_a_short_retry_after_is_waited_for_in_place_and_asked_again(status: str) -> None:
    with RawServer(limited(status, "Retry-After: 20"), GOOD) as server:
        house = ClientHarness(server)
        assert house.progress().games == {1: READ}
        assert house.limiter.taken == house.site.requests == 2
    assert sum(house.request_budgets) == pytest.approx(20, abs=0.5)


def test_a_long_retry_after_is_remembered_and_nothing_is_asked_before() -> None:
    with RawServer(limited("429 Too Many Requests", "Retry-After: 600"), GOOD) as server:
        house = ClientHarness(server)
        error = house.fails(Deferred)
        assert house.store.read().not_before == error.until
        assert error.until - house.clock.now() == pytest.approx(
            timedelta(seconds=600), abs=timedelta(seconds=2)
        )
        house.fails(Deferred)
        assert len(server.requests) == 1
    assert house.request_budgets == []


def test_a_date_in_retry_after_counts_from_the_answers_own_date() -> None:
    dates = ("Date: Sun, 01 Mar 2020 12:00:00 GMT", "Retry-After: Sun, 01 Mar 2020 12:00:20 GMT")
    with RawServer(limited("429 Too Many Requests", *dates), GOOD) as server:
        house = ClientHarness(server)
        house.progress()
    assert sum(house.request_budgets) == pytest.approx(20, abs=0.5)


@pytest.mark.parametrize("headers", [(), ("Retry-After: soon",), ("Retry-After: 0",), ("Retry-After: -5",)])
def test_a_429_without_a_usable_wish_makes_us_wait_by_our_own_rule(headers: tuple[str, ...]) -> None:
    with RawServer(limited("429 Too Many Requests", *headers)) as server:
        house = ClientHarness(server)
        error = house.fails(Deferred)  # more than a minute: beyond the patience of one run
        assert len(server.requests) == 1
    assert timedelta(seconds=50) < error.until - house.clock.now() <= timedelta(seconds=76)
    assert house.store.read().wait_reason == "rate_limit"


def test_three_times_told_to_wait_is_enough() -> None:
    with RawServer(limited("429 Too Many Requests", "Retry-After: 2")) as server:
        house = ClientHarness(server)
        house.fails(RateLimited)
        assert len(server.requests) == 3


def test_a_503_without_a_usable_wish_is_an_ordinary_failure() -> None:
    with RawServer(limited("503 Service Unavailable", "Retry-After: soon")) as server:
        house = ClientHarness(server)
        house.fails(BatchError)
    assert house.store.read().not_before is None


# The library


def library(server: RawServer, **options: Any) -> RetroAchievements:
    options = {"requests_per_minute": 60_000, "timeout": 5.0, **options}
    return RetroAchievements("Asker", KEY, base_url=f"http://127.0.0.1:{server.port}/API", **options)


def ids_of(request: bytes) -> list[int]:
    return [int(n) for n in request.split(b"&i=")[1].split(b"&")[0].split(b",")]


def of(*ids: int) -> Script:
    return answer(json.dumps({str(n): {**ENTRY, "NumAchieved": n} for n in ids}))


def test_long_lists_travel_in_batches_and_come_back_in_the_order_asked() -> None:
    with RawServer(of(5, 4), of(3, 2), of(1)) as server, library(server, batch_size=2) as ra:
        seen = ra.get_user_progress("Max", [5, 4, 3, 5, 2, 1, 1])
    assert [(n, p.num_achieved) for n, p in seen.items()] == [(5, 5), (4, 4), (3, 3), (2, 2), (1, 1)]
    assert [ids_of(request) for request in server.requests] == [[5, 4], [3, 2], [1]]


def test_a_game_that_is_left_out_is_left_out() -> None:
    with RawServer(of(1, 3)) as server, library(server) as ra:
        assert list(ra.get_user_progress("Max", [1, 2])) == [1]


def test_no_games_are_no_question() -> None:
    with RawServer(GOOD) as server, library(server) as ra:
        assert ra.get_user_progress("Max", []) == {}
    assert server.connections == 0


def test_a_414_halves_the_batches_from_then_on() -> None:
    scripts = [answer("", "414 URI Too Long"), of(1, 2), of(3, 4), of(5, 6)]
    with RawServer(*scripts) as server, library(server, batch_size=4) as ra:
        assert list(ra.get_user_progress("Max", range(1, 7))) == [1, 2, 3, 4, 5, 6]
    assert [ids_of(r) for r in server.requests] == [[1, 2, 3, 4], [1, 2], [3, 4], [5, 6]]


def test_a_414_for_a_single_game_is_told() -> None:
    with RawServer(answer("", "414 URI Too Long")) as server, library(server) as ra:
        with pytest.raises(UrlTooLong):
            ra.get_user_progress("Max", [1, 2])
        assert len(server.requests) == 2


def test_an_unreadable_game_is_named() -> None:
    body = {"1": ENTRY, "14402": None}
    with (
        RawServer(answer(json.dumps(body))) as server,
        library(server) as ra,
        pytest.raises(BatchError, match="14402"),
    ):
        ra.get_user_progress("Max", [1, 14402])


def test_an_empty_answer_about_nobody_is_an_unknown_player() -> None:
    scripts = [answer("[]"), answer("[]", "404 Not Found")]
    with RawServer(*scripts) as server, library(server) as ra, pytest.raises(PlayerNotFound):
        ra.get_user_progress("Nobody", [1])


def test_an_empty_answer_about_somebody_stays_an_empty_answer() -> None:
    profile = answer(json.dumps({"User": "Max", "ULID": ULID}))
    with RawServer(answer("[]"), profile) as server, library(server) as ra:
        with pytest.raises(EmptyResponse):
            ra.get_user_progress("Max", [1])
        assert ra.get_user_profile("Max").ulid == ULID


@pytest.mark.parametrize("ids", [[0], [-1], [True], ["1"], [1.0], [None]])
def test_ids_are_positive_whole_numbers(ids: list[Any]) -> None:
    with RawServer(GOOD) as server, library(server) as ra:
        with pytest.raises(ValueError, match="game ids"):
            ra.get_user_progress("Max", ids)
        assert server.connections == 0


@pytest.mark.parametrize(
    "options",
    [{"requests_per_minute": 3, "burst": 3}, {"burst": 0}, {"batch_size": 0}, {"requests_per_minute": -1}],
)
def test_limits_that_cannot_work_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="needed"):
        RetroAchievements("Asker", KEY, **options)


def test_addresses_that_cannot_work_are_refused() -> None:
    with pytest.raises(ConfigError):
        RetroAchievements("Asker", KEY, base_url="http://retroachievements.org/API")


def test_it_paces_itself() -> None:
    with RawServer(GOOD) as server, library(server, requests_per_minute=303, burst=3) as ra:
        began = time.monotonic()
        for _ in range(6):
            ra.get_user_progress("Max", [1])
        assert time.monotonic() - began >= 0.2 * 3 - 0.05  # three at once, three more at 5 a second


def test_the_key_is_in_no_representation() -> None:
    with RawServer(GOOD) as server, library(server) as ra:
        ra.get_user_progress("Max", [1])
        shown = [repr(thing) for thing in (ra, ra._transport, ra._site, ra._transport._session)]
    assert KEY not in "".join(shown)
