"""What the demo server records: requests without the key, and the true numbers that it served."""

import http.client
from contextlib import closing
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest

from syncer.core.model.progress import Progress
from syncer.demo.models import Account
from syncer.demo.world import World
from tests.faulty_site import FaultyServer
from tests.waiting import PATIENCE

from .demo_requests import KEY, read_raw, request
from .hand_clock import NOON, HandClock


def test_requests_are_recorded_without_the_key(server: FaultyServer, clock: HandClock) -> None:
    clock.move(5)
    host = urlsplit(server.base_url).netloc
    connection = http.client.HTTPConnection(host, timeout=PATIENCE)  # leaves %79 alone
    path = f"/API/API_GetUserProgress.php?u=MaxMilyin&i=2%2C1&%79={KEY}"
    with closing(connection):
        connection.request("GET", path, headers={"User-Agent": "ra-syncer/1"})
        assert connection.getresponse().status == 200
    request(server, f"y[0]={KEY}&Y={KEY}&i=1")
    good, bad = server.requests
    assert (good.number, good.user, good.ids, good.key_ok, good.status) == (1, "MaxMilyin", (2, 1), True, 200)
    assert (good.at, good.moment, good.user_agent) == (105.0, clock.now(), "ra-syncer/1")
    assert (good.method, good.path) == ("GET", "/API/API_GetUserProgress.php")
    assert good.line_bytes == len(f"GET {path} HTTP/1.1\r\n")
    assert good.query == "u=MaxMilyin&i=2%2C1&%79="
    assert (bad.key_ok, bad.status) == (False, 401)
    assert KEY not in repr(server.requests)


def test_true_numbers_are_recorded_by_ulid(
    server: FaultyServer, world: World, clock: HandClock, player: Account
) -> None:
    request(server)
    clock.move(60)
    world.earn(player, 1, 1, NOON)
    request(server)
    server.fault = "500"
    request(server)
    assert server.served[player.ulid, 1] == [
        (NOON, Progress(3, 6, 2, 3, 0, 0)),
        (NOON + timedelta(seconds=60), Progress(3, 6, 3, 6, 0, 0)),
    ]
    assert len(server.served[player.ulid, 2]) == 2


@pytest.mark.parametrize(
    ("fault", "true_games"),
    [
        ("zeros", set()),
        ("zeros:1", {2}),  # the other game was not changed
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
def test_only_true_numbers_are_recorded_as_served(
    server: FaultyServer, player: Account, fault: str, true_games: set[int]
) -> None:
    server.fault = fault
    read_raw(server)
    assert set(server.served) == {(player.ulid, game_id) for game_id in true_games}


def test_the_scenario_advances_before_each_reply(world: World, clock: HandClock, player: Account) -> None:
    class Evening:
        def advance(self, to: datetime) -> None:
            if to > NOON:
                world.earn(player, 1, 3, to)

    with FaultyServer(world, clock, Evening()) as server:
        assert request(server).json()["1"]["NumAchieved"] == 2
        clock.move(1)
        assert request(server).json()["1"]["NumAchieved"] == 3


def test_the_rate_limit_accepts_some_requests_a_minute_and_finally_sends_retry_after(
    world: World, clock: HandClock
) -> None:
    with FaultyServer(world, clock, requests_per_minute_limit=2) as server:
        statuses = [request(server).status_code for _ in range(4)]
        assert statuses == [200, 200, 429, 429]
        assert request(server, "y=wrong").status_code == 401
        answers = [request(server) for _ in range(8)]
        assert [a.headers.get("Retry-After") for a in answers] == [None] * 7 + ["600"]
        clock.move(60)
        assert request(server).status_code == 200
