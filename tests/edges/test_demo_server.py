"""The demo server against site-api.md, over real sockets; its weather, seen raw and through requests."""

import gzip
import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import trustme

from syncer.core.model.progress import Progress
from syncer.demo.endpoints import ENDPOINTS
from syncer.demo.faults import FAULTS
from syncer.demo.models import Account
from syncer.demo.server import Asked, DemoServer
from syncer.demo.world import World

KEY = "canary0000111122223333444455556a"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
UNAUTHENTICATED = (
    '{"message":"Unauthenticated.","errors":'
    '[{"status":"401","code":"unauthorized","title":"Unauthenticated."}]}'
)


class HandClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.moment = NOON
        self.seconds = 100.0

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return self.seconds

    def wait(self, seconds: float) -> None:
        self.move(seconds)

    def on_stop(self, call: Callable[[], object]) -> None:
        """Nobody stops it."""

    def move(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)
        self.seconds += seconds


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def world() -> World:
    world = World()
    for game_id, points in ((1, [1, 2, 3]), (2, [5] * 4), (3, [10])):
        world.add_game(f"Game {game_id}", points, game_id=game_id)
    world.add_account("MaxMilyin", KEY)
    world.earn("MaxMilyin", 1, 2, NOON)
    world.earn("MaxMilyin", 2, 4, NOON, hardcore=True)
    return world


@pytest.fixture
def max_(world: World) -> Account:
    account = world.resolve("MaxMilyin")
    assert account is not None
    return account


@pytest.fixture
def server(world: World, clock: HandClock) -> Iterator[DemoServer]:
    with DemoServer(world, clock) as server:
        yield server


def ask(
    server: DemoServer, query: str = f"y={KEY}&u=MaxMilyin&i=1,2", name: str = "GetUserProgress", **more: Any
) -> requests.Response:
    url = f"{server.base_url}/API_{name}.php?{query}"
    with requests.Session() as session:
        session.trust_env = False
        return session.request(more.pop("method", "GET"), url, timeout=5, allow_redirects=False, **more)


def profile(server: DemoServer, u: str = "MaxMilyin") -> requests.Response:
    return ask(server, f"y={KEY}&u={u}", "GetUserProfile")


def raw(server: DemoServer, wait: float = 5.0, ids: str = "1,2", most: int = 10_000_000) -> bytes:
    """Everything the server sends until it closes, `wait` seconds are over, or there is too much of it."""
    address = urlsplit(server.base_url)
    headers = "Host: x\r\nConnection: close\r\n\r\n"
    request = f"GET /API/API_GetUserProgress.php?y={KEY}&u=MaxMilyin&i={ids} HTTP/1.1\r\n{headers}"
    end, received = time.monotonic() + wait, b""
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=wait) as connection:
        connection.sendall(request.encode())
        try:
            while time.monotonic() < end and len(received) < most:
                connection.settimeout(max(0.01, end - time.monotonic()))
                piece = connection.recv(65536)
                if not piece:
                    break
                received += piece
        except (TimeoutError, ConnectionResetError):
            pass
    return received


# -- the wire contract --------------------------------------------------------------------------------------


def test_progress_is_written_as_php_writes_it(server: DemoServer) -> None:
    answer = ask(server)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.text == (
        '{"1":{"NumPossibleAchievements":3,"PossibleScore":6,"NumAchieved":2,"ScoreAchieved":3,'
        '"NumAchievedHardcore":0,"ScoreAchievedHardcore":0},'
        '"2":{"NumPossibleAchievements":4,"PossibleScore":20,"NumAchieved":4,"ScoreAchieved":20,'
        '"NumAchievedHardcore":4,"ScoreAchievedHardcore":20}}'
    )


@pytest.mark.parametrize(
    "query",
    [
        "u=MaxMilyin&i=1",  # none
        "y=&u=MaxMilyin&i=1",  # empty is absent
        "y=wrong&u=MaxMilyin&i=1",
        "y=wrong&u=!!&i[]=1",  # before any validation
    ],
)
def test_without_a_good_key_nothing_else_is_looked_at(server: DemoServer, query: str) -> None:
    for name in ("GetUserProgress", "GetUserProfile", "NoSuchThing"):
        answer = ask(server, query, name)
        assert (answer.status_code, answer.text) == (401, UNAUTHENTICATED)


def test_the_key_may_be_a_bearer_token_but_does_not_rescue_a_wrong_one(server: DemoServer) -> None:
    bearer = {"Authorization": f"Bearer {KEY}"}
    assert ask(server, "u=MaxMilyin&i=1", headers=bearer).status_code == 200
    assert ask(server, "y=wrong&u=MaxMilyin&i=1", headers=bearer).status_code == 401
    assert ask(server, "u=MaxMilyin&i=1", headers={"X-API-Key": KEY}).status_code == 401


def test_the_key_may_be_in_a_form_or_a_basic_password(server: DemoServer) -> None:
    assert ask(server, "u=MaxMilyin&i=1", method="POST", data={"y": KEY}).status_code == 200
    assert ask(server, "u=MaxMilyin&i=1", auth=("anybody", KEY)).status_code == 200


def test_the_key_of_a_banned_player_is_refused_and_the_player_still_answers_others(
    server: DemoServer, world: World
) -> None:
    world.add_account("Other", "b" * 32)
    world.ban("MaxMilyin")
    assert ask(server).status_code == 401
    assert list(ask(server, f"y={'b' * 32}&u=MaxMilyin&i=1").json()) == ["1"]


def test_an_unknown_endpoint_is_404_as_json(server: DemoServer) -> None:
    answer = ask(server, name="GetEverything")
    assert answer.status_code == 404
    assert answer.json()["errors"] == [{"status": "404", "code": "not_found", "title": "Not Found"}]


def test_post_takes_its_parameters_from_the_query(server: DemoServer) -> None:
    answer = ask(server, f"y={KEY}&u=MaxMilyin&i=1", method="POST", data={"i": "2", "u": "Nobody"})
    assert list(answer.json()) == ["1"]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("i=1", "The u field is required."),
        ("u=&i=1", "The u field is required."),
        ("u=%20%20&i=1", "The u field is required."),
        ("u=a&i=1", "The u must be between 2 and 20 characters when providing a username."),
        (f"u={'a' * 21}&i=1", "The u must be between 2 and 20 characters when providing a username."),
    ],
)
def test_a_bad_u_is_422(server: DemoServer, query: str, message: str) -> None:
    for name in ("GetUserProgress", "GetUserProfile"):
        answer = ask(server, f"y={KEY}&{query}", name)
        assert answer.status_code == 422
        assert answer.json() == {"message": message, "errors": {"u": [message]}}


@pytest.mark.parametrize("u", ["Max-Milyin", "Max_Milyin", "M%C3%BCller", "0" * 25 + "-"])
def test_names_and_ulids_are_ascii_letters_and_digits(server: DemoServer, u: str) -> None:
    assert ask(server, f"y={KEY}&u={u}&i=1").status_code == 422


def test_values_are_trimmed_and_the_last_of_a_name_wins(server: DemoServer) -> None:
    answer = ask(server, f"y=wrong&y=%20{KEY}&u=Nobody&u=+MaxMilyin+&i=1&i=%202")
    assert list(answer.json()) == ["2"]


def test_an_array_of_ids_breaks_the_script(server: DemoServer) -> None:
    answer = ask(server, f"y={KEY}&u=MaxMilyin&i[]=1")
    assert (answer.status_code, answer.json()) == (500, {"message": "Server Error"})


@pytest.mark.parametrize("i", ["", "&i=", "&i=abc,0,-1", "&i=,,"])
def test_no_ids_is_an_empty_list(server: DemoServer, i: str) -> None:
    answer = ask(server, f"y={KEY}&u=MaxMilyin{i}")
    assert (answer.status_code, answer.text) == (200, "[]")


def test_ids_come_back_once_in_order_of_first_appearance(server: DemoServer) -> None:
    answer = ask(server, f"y={KEY}&u=MaxMilyin&i=3,1.9,%2B2,3,abc,0x1F,99999999999999999999")
    assert list(answer.json()) == ["3", "1", "2", str(2**63 - 1)]


def test_encoded_commas_are_commas(server: DemoServer) -> None:
    assert list(ask(server, f"y={KEY}&u=MaxMilyin&i=3%2C1").json()) == ["3", "1"]


def test_unknown_games_are_six_zeros(server: DemoServer) -> None:
    (entry,) = ask(server, f"y={KEY}&u=MaxMilyin&i=4711").json().values()
    assert list(entry.values()) == [0] * 6
    assert len(entry) == 6


def test_an_unknown_player_is_an_empty_list_for_progress_and_404_for_the_profile(server: DemoServer) -> None:
    progress, nobody = ask(server, f"y={KEY}&u=Nobody&i=1"), profile(server, "Nobody")
    assert (progress.status_code, progress.text) == (200, "[]")
    assert (nobody.status_code, nobody.text) == (404, "[]")


def test_the_profile_escapes_slashes_and_has_all_fields(server: DemoServer, max_: Account) -> None:
    answer = profile(server, "mAXmilyin")
    assert answer.json()["ULID"] == max_.ulid
    assert r'"UserPic":"\/UserPic\/MaxMilyin.png"' in answer.text
    assert answer.text.isascii()
    assert len(answer.json()) == 16


def test_by_ulid_the_player_is_found_after_a_rename_and_a_stranger_may_hold_the_name_in_between(
    server: DemoServer, world: World, max_: Account
) -> None:
    world.rename(max_, "Between")
    world.rename(max_, "Later")
    stranger = world.add_account("Between")
    assert profile(server, max_.ulid.lower()).json()["User"] == "Later"
    assert profile(server, "maxmilyin").json()["ULID"] == max_.ulid
    assert profile(server, "between").json()["ULID"] == stranger.ulid


def test_a_deleted_player_becomes_unknown(server: DemoServer, world: World, max_: Account) -> None:
    world.add_account("Other", "b" * 32)
    world.delete_account(max_)
    assert ask(server).status_code == 401
    assert ask(server, f"y={'b' * 32}&u={max_.ulid}&i=1").text == "[]"


def test_the_date_header_is_the_given_clocks(server: DemoServer, clock: HandClock) -> None:
    clock.move(3600)
    assert parsedate_to_datetime(ask(server).headers["Date"]) == clock.now()


def test_a_request_line_beyond_8192_bytes_is_refused_by_the_proxy(server: DemoServer) -> None:
    answer = ask(server, f"y={KEY}&u=MaxMilyin&i=" + ",".join(["12345"] * 1400))
    assert answer.status_code == 414
    assert "html" in answer.headers["Content-Type"]


def test_one_connection_carries_many_requests(server: DemoServer) -> None:
    with requests.Session() as session:
        session.trust_env = False
        url = f"{server.base_url}/API_GetUserProgress.php?y={KEY}&u=MaxMilyin&i=1"
        ports: set[object] = set()
        for _ in range(3):
            with session.get(url, timeout=5, stream=True) as answer:
                connection: Any = answer.raw.connection
                ports.add(connection.sock.getsockname())
                assert answer.json()
    assert len(ports) == 1


def test_https_with_a_private_ca(world: World, clock: HandClock, tmp_path: Any) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with DemoServer(world, clock, ssl_context=context) as server:
        assert server.base_url.startswith("https://")
        assert raw(server, wait=1)[:5] != b"HTTP/"  # plain HTTP does not work, and stops nobody
        assert ask(server, verify=str(tmp_path / "ca.pem")).status_code == 200
        with pytest.raises(requests.exceptions.SSLError):
            ask(server)


# -- what it remembers --------------------------------------------------------------------------------------


def test_requests_are_remembered_without_the_key(server: DemoServer, clock: HandClock) -> None:
    clock.move(5)
    connection = http.client.HTTPConnection(urlsplit(server.base_url).netloc, timeout=5)  # leaves %79 alone
    path = f"/API/API_GetUserProgress.php?u=MaxMilyin&i=2%2C1&%79={KEY}"
    with closing(connection):
        connection.request("GET", path, headers={"User-Agent": "ra-syncer/1"})
        assert connection.getresponse().status == 200
    ask(server, f"y[0]={KEY}&Y={KEY}&i=1")
    good, bad = server.requests
    assert (good.number, good.user, good.ids, good.key_ok, good.status) == (1, "MaxMilyin", (2, 1), True, 200)
    assert (good.at, good.moment, good.user_agent) == (105.0, clock.now(), "ra-syncer/1")
    assert (good.method, good.path) == ("GET", "/API/API_GetUserProgress.php")
    assert good.line_bytes == len(f"GET {path} HTTP/1.1\r\n")
    assert good.query == "u=MaxMilyin&i=2%2C1&%79="
    assert (bad.key_ok, bad.status) == (False, 401)
    assert KEY not in repr(server.requests)


def test_what_good_answers_said_is_remembered_by_ulid(
    server: DemoServer, world: World, clock: HandClock, max_: Account
) -> None:
    ask(server)
    clock.move(60)
    world.earn(max_, 1, 1, NOON)
    ask(server)
    server.fault = "500"
    ask(server)
    assert server.served[max_.ulid, 1] == [
        (NOON, Progress(3, 6, 2, 3, 0, 0)),
        (NOON + timedelta(seconds=60), Progress(3, 6, 3, 6, 0, 0)),
    ]
    assert len(server.served[max_.ulid, 2]) == 2


@pytest.mark.parametrize(
    ("weather", "told"),
    [
        ("zeros", set()),
        ("zeros:1", {2}),  # the neighbour was told the truth
        ("missing_id", {2}),
        ("missing_id:2", {1}),
        ("extra_id", {1, 2}),
        ("digit_strings", {1, 2}),
        ("whole_floats", set()),
        ("booleans", set()),
        ("text_plain", {1, 2}),
        ("short_body", set()),
        ("html_200", set()),
    ],
)
def test_only_what_was_true_counts_as_served(
    server: DemoServer, max_: Account, weather: str, told: set[int]
) -> None:
    server.fault = weather
    raw(server)
    assert set(server.served) == {(max_.ulid, game_id) for game_id in told}


def test_life_advances_before_each_answer(world: World, clock: HandClock, max_: Account) -> None:
    class Evening:
        def advance(self, to: datetime) -> None:
            if to > NOON:
                world.earn(max_, 1, 3, to)

    with DemoServer(world, clock, Evening()) as server:
        assert ask(server).json()["1"]["NumAchieved"] == 2
        clock.move(1)
        assert ask(server).json()["1"]["NumAchieved"] == 3


def test_the_limiter_lets_so_many_pass_in_any_minute_and_then_asks_for_patience(
    world: World, clock: HandClock
) -> None:
    with DemoServer(world, clock, requests_per_minute_limit=2) as server:
        statuses = [ask(server).status_code for _ in range(4)]
        assert statuses == [200, 200, 429, 429]
        assert ask(server, "y=wrong").status_code == 401
        answers = [ask(server) for _ in range(8)]
        assert [a.headers.get("Retry-After") for a in answers] == [None] * 7 + ["600"]
        clock.move(60)
        assert ask(server).status_code == 200


# -- weather ------------------------------------------------------------------------------------------------


def test_an_unknown_weather_is_a_mistake(server: DemoServer) -> None:
    with pytest.raises(ValueError, match="hale"):
        server.fault = "hale"


def test_the_forecast_may_hit_one_endpoint_one_id_or_the_nth_request(server: DemoServer) -> None:
    def forecast(asked: Asked) -> str | None:
        if asked.number == 2:
            return "503"
        return "500" if asked.path.endswith("Progress.php") and 3 in asked.ids else None

    server.forecast(forecast)
    assert ask(server, f"y={KEY}&u=MaxMilyin&i=1,3").status_code == 500
    assert profile(server).status_code == 503
    assert profile(server).status_code == 200
    assert ask(server).status_code == 200
    server.fault = "403"
    assert ask(server).status_code == 403
    server.fault = None
    server.forecast(None)
    assert ask(server, f"y={KEY}&u=MaxMilyin&i=3").status_code == 200


STATUSES = [name for name in FAULTS if name[:3].isdigit() and name[3:] not in ("_above", "_with_id")]


@pytest.mark.parametrize("name", STATUSES)
def test_a_weather_that_begins_with_a_status_has_it(server: DemoServer, name: str) -> None:
    server.fault = name
    answer = ask(server)
    assert answer.status_code == int(name[:3]) == server.requests[0].status
    assert profile(server).status_code == int(name[:3])
    assert not server.served


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("429", None),
        ("429_after_2", "2"),
        ("429_after_1.5", "1.5"),
        ("429_after_0", "0"),
        ("429_after_minus_5", "-5"),
        ("429_after_999999", "999999"),
        ("429_after_soon", "soon"),
        ("429_after_1m0s", "1m0s"),
        ("429_after_nothing", ""),
        ("429_after_date", "Sun, 01 Mar 2026 12:00:05 GMT"),
        ("429_after_past_date", "Sun, 01 Mar 2026 11:00:00 GMT"),
        ("503", None),
        ("503_after_120", "120"),
    ],
)
def test_retry_after_in_every_form(server: DemoServer, name: str, expected: str | None) -> None:
    server.fault = name
    assert ask(server).headers.get("Retry-After") == expected


def test_redirects_go_where_the_parameter_says(server: DemoServer) -> None:
    server.fault = "302:http://127.0.0.1:1/there"
    assert ask(server).headers["Location"] == "http://127.0.0.1:1/there"


def test_414_above_a_number_of_ids(server: DemoServer) -> None:
    server.fault = "414_above:2"
    assert ask(server, f"y={KEY}&u=MaxMilyin&i=1,2,3").status_code == 414
    assert ask(server).status_code == 200


def test_a_poisonous_id_spoils_only_the_batches_that_hold_it(server: DemoServer) -> None:
    server.fault = "500_with_id:3"
    assert ask(server, f"y={KEY}&u=MaxMilyin&i=1,2,3").status_code == 500
    assert ask(server).status_code == 200
    assert profile(server).status_code == 200


ENTRIES: dict[str, object] = {
    "digit_strings": ["3", "6", "2", "3", "0", "0"],
    "nulls": [None] * 6,
    "floats": [3.5, 6.5, 2.5, 3.5, 0.5, 0.5],
    "booleans": [True, True, True, True, False, False],
    "negatives": [-4, -7, -3, -4, -1, -1],
    "too_large": [2**40] * 6,
    "infinity": [float("inf")] * 6,
    "1e999": [float("inf")] * 6,
    "zeros": [0] * 6,
    "all_reset": [3, 6, 0, 0, 0, 0],
    "hardcore_above_all": [3, 6, 2, 3, 3, 4],
    "missing_field": [3, 6, 2, 0, 0],
    "duplicate_names": [3, 6, 2, 3, 0, 0],  # the last of a name is right
}


@pytest.mark.parametrize("name", ENTRIES)
def test_entries_lie_as_their_weather_says(server: DemoServer, name: str) -> None:
    server.fault = name
    answer = ask(server)
    values = list(answer.json()["1"].values())
    assert json.dumps(values) == json.dumps(ENTRIES[name])
    if name == "1e999":
        assert "Infinity" not in answer.text
    if name == "duplicate_names":
        assert answer.text.count('"NumAchieved"') == 4


def test_nan_is_written_out(server: DemoServer) -> None:
    server.fault = "nan"
    assert '"NumAchieved":NaN' in ask(server).text


def test_fields_can_have_other_names(server: DemoServer) -> None:
    server.fault = "lower_camel"
    assert next(iter(ask(server).json()["1"])) == "numPossibleAchievements"
    server.fault = "renamed_fields"
    assert next(iter(ask(server).json()["1"])) == "NumPossibleAchievementsCount"


def test_rows_of_lists_and_pages_have_the_weather_of_entries(server: DemoServer, world: World) -> None:
    world.add_achievements(1, [1, 2, 3])
    window = f"y={KEY}&u=MaxMilyin&f=0&t={2**32}"
    server.fault = "nulls:1"
    (played,) = ask(server, window, "GetUserCompletionProgress").json()["Results"]
    assert (played["GameID"], played["NumAwarded"], played["Title"]) == (None, None, "Game 1")
    rows = ask(server, window, "GetAchievementsEarnedBetween").json()
    assert [row["Points"] for row in rows] == [5, 5, 5, 5, None, None]
    server.fault = "missing_field"
    assert all("Title" not in game for game in ask(server, f"y={KEY}&i=7", "GetGameList").json())


def test_ids_can_be_missing_or_too_many_or_a_list(server: DemoServer) -> None:
    server.fault = "missing_id"
    assert list(ask(server).json()) == ["2"]
    server.fault = "extra_id"
    assert list(ask(server).json()) == ["1", "2", "987654321"]
    server.fault = "list_of_objects"
    assert [type(entry) for entry in ask(server).json()] == [dict, dict]


BODIES = {
    "html_as_json": b"<!DOCTYPE html>",
    "empty_body": b"",
    "empty_list": b"[]",
    "empty_map": b"{}",
    "null": b"null",
    "string": b'"Everything',
    "number": b"42",
    "bom": b'\xef\xbb\xbf{"1"',
    "deep_nesting": b"[" * 100_000,
}


@pytest.mark.parametrize("name", BODIES)
def test_bodies_begin_as_their_weather_says(server: DemoServer, name: str) -> None:
    server.fault = name
    answer = ask(server)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.content.startswith(BODIES[name])


@pytest.mark.parametrize(("name", "status"), [("echo_500", 500), ("echo_200", 200)])
def test_an_error_page_may_hold_the_key(server: DemoServer, name: str, status: int) -> None:
    server.fault = name
    answer = ask(server)
    assert answer.status_code == status
    assert KEY in answer.text
    assert KEY not in repr(server.requests)


def test_dates_can_be_off_absurd_or_absent(server: DemoServer) -> None:
    server.fault = "date_off:-3"
    assert parsedate_to_datetime(ask(server).headers["Date"]) == NOON - timedelta(hours=3)
    server.fault = "date_garbage"
    assert ask(server).headers["Date"] == "yesterday"
    server.fault = "date_missing"
    assert "Date" not in ask(server).headers


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("closed", requests.ConnectionError),
        ("reset", requests.ConnectionError),
        ("garbage_status", requests.ConnectionError),
        ("many_headers", requests.ConnectionError),
        ("long_header", requests.ConnectionError),
        ("short_body", requests.exceptions.ChunkedEncodingError),
        ("chunk_cut", requests.exceptions.ChunkedEncodingError),
        ("chunk_garbage", requests.exceptions.ChunkedEncodingError),
        ("broken_gzip", requests.exceptions.ContentDecodingError),
    ],
)
def test_what_requests_makes_of_a_broken_wire(server: DemoServer, name: str, error: type[Exception]) -> None:
    server.fault = name
    with pytest.raises(error):
        ask(server)


def test_a_connection_cut_inside_the_headers_looks_like_an_empty_200(server: DemoServer) -> None:
    server.fault = "header_cut"
    answer = ask(server)
    assert (answer.status_code, answer.content) == (200, b"")
    assert server.requests[0].status == 0
    assert raw(server) == b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Le"


def test_a_short_body_without_a_length_is_taken_for_whole(server: DemoServer) -> None:
    server.fault = "short_without_length"
    answer = ask(server)
    assert answer.status_code == 200
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()


def test_a_reset_is_an_rst(server: DemoServer) -> None:
    server.fault = "reset"
    address = urlsplit(server.base_url)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=5) as connection:
        connection.sendall(b"GET /API/x HTTP/1.1\r\nHost: x\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            connection.recv(10)


def test_a_body_drips_at_the_given_speed_and_counts_as_served_at_its_end(
    server: DemoServer, max_: Account
) -> None:
    server.fault = "drip_body:50"
    received = raw(server, wait=0.5)
    headers, _, text = received.partition(b"\r\n\r\n")
    assert b"200 OK" in headers
    assert 5 <= len(text) <= 26
    assert not server.served
    server.fault = "drip_body:20000"
    assert ask(server, f"y={KEY}&u=MaxMilyin&i=1").json()["1"]["NumAchieved"] == 2
    assert list(server.served) == [(max_.ulid, 1)]
    assert server.requests[-1].status == 200


def test_headers_drip_too(server: DemoServer) -> None:
    server.fault = "drip_headers:50"
    assert b"HTTP/1.1 200 OK\r\n".startswith(raw(server, wait=0.3))


def test_the_connection_that_seemed_to_stay_open_closes(server: DemoServer) -> None:
    server.fault = "keep_alive_lie"
    received = raw(server, wait=5)
    assert b"Connection: close" not in received
    assert received.endswith(b"}}")
    assert len(server.served) == 2


def test_forty_megabytes_are_announced_and_sent(server: DemoServer) -> None:
    server.fault = "forty_megabytes"
    answer = ask(server)
    assert len(answer.content) == int(answer.headers["Content-Length"]) == 40_000_002
    assert answer.json() == []


def test_an_endless_body_does_not_end(server: DemoServer) -> None:
    server.fault = "endless"
    assert len(raw(server, most=5_000_000)) >= 5_000_000


def test_a_gzip_bomb_is_small_and_becomes_large(server: DemoServer) -> None:
    server.fault = "gzip_bomb"
    headers, _, body = raw(server, wait=1).partition(b"\r\n\r\n")
    assert b"Content-Encoding: gzip" in headers
    assert len(body) < 400_000
    member = gzip.compress(bytes(1_000_000))
    assert body.count(member[10:]) == 300


@pytest.mark.parametrize("name", ["hang", "drip_body:1", "drip_headers:1", "late:60", "endless"])
def test_closing_the_server_ends_what_is_slow(world: World, clock: HandClock, name: str) -> None:
    with DemoServer(world, clock) as server:
        server.fault = name
        client = threading.Thread(target=raw, args=(server,), daemon=True)
        before = set(threading.enumerate())
        client.start()
        while not server.requests:
            time.sleep(0.005)
        visits = set(threading.enumerate()) - before - {client}
    for thread in (client, *visits):
        thread.join(1)
    assert not [thread for thread in (client, *visits) if thread.is_alive()]


def test_closing_ends_idle_connections_and_frees_the_port(world: World, clock: HandClock) -> None:
    server = DemoServer(world, clock)
    with server:
        address = urlsplit(server.base_url)
        idle = socket.create_connection((address.hostname or "", address.port or 0), timeout=2)
        idle.sendall(b"GET /API/x HTTP/1.1\r\nHost: x\r\n\r\n")
        assert idle.recv(65536).startswith(b"HTTP/1.1 401")
    with idle:
        assert idle.recv(10) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address.hostname or "", address.port or 0), timeout=2)
    server.close()


def test_every_weather_works_for_all_endpoints_and_is_over_afterwards(server: DemoServer) -> None:
    slow = {"hang", "late", "drip_body", "drip_headers", "endless", "forty_megabytes"}
    for name in FAULTS.keys() - slow:
        server.fault = name
        assert raw(server) or name in ("closed", "reset")
        for path in ENDPOINTS:
            with requests.Session() as session:
                session.trust_env = False
                url = f"{server.base_url}{path.removeprefix('/API')}?y={KEY}&u=MaxMilyin&i=1&t={2**32}"
                with suppress(requests.ConnectionError):  # a timeout of reading is none
                    session.get(url, timeout=2, stream=True, allow_redirects=False).close()
    server.fault = None
    assert ask(server).status_code == 200


def test_nothing_is_printed(server: DemoServer, capfd: pytest.CaptureFixture[str]) -> None:
    for name in (None, "closed", "reset", "short_body", "long_header"):
        server.fault = name
        raw(server)
    raw(server, ids="x" * 70_000)
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")
