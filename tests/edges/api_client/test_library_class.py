"""The public class, against a scripted server: batches, errors, limits."""

import json
import time
from typing import Any

import pytest

from syncer.api import RetroAchievements
from syncer.core.errors import BatchError, ConfigError, EmptyResponse, PlayerNotFound, UrlTooLong
from tests.edges.raw_server import RawServer, Script, answer

from .harness import ENTRY, GOOD, KEY, ULID, library


def ids_of(request: bytes) -> list[int]:
    return [int(n) for n in request.split(b"&i=")[1].split(b"&")[0].split(b",")]


def of(*ids: int) -> Script:
    return answer(json.dumps({str(n): {**ENTRY, "NumAchieved": n} for n in ids}))


def test_long_lists_are_split_into_batches_and_return_in_the_requested_order() -> None:
    with RawServer(of(5, 4), of(3, 2), of(1)) as server, library(server, batch_size=2) as ra:
        seen = ra.get_user_progress("Max", [5, 4, 3, 5, 2, 1, 1])
    assert [(n, p.num_achieved) for n, p in seen.items()] == [(5, 5), (4, 4), (3, 3), (2, 2), (1, 1)]
    assert [ids_of(request) for request in server.requests] == [[5, 4], [3, 2], [1]]


def test_a_game_that_the_answer_leaves_out_is_left_out() -> None:
    with RawServer(of(1, 3)) as server, library(server) as ra:
        assert list(ra.get_user_progress("Max", [1, 2])) == [1]


def test_no_games_send_no_request() -> None:
    with RawServer(GOOD) as server, library(server) as ra:
        assert ra.get_user_progress("Max", []) == {}
    assert server.connections == 0


def test_a_414_halves_the_following_batches() -> None:
    scripts = [answer("", "414 URI Too Long"), of(1, 2), of(3, 4), of(5, 6)]
    with RawServer(*scripts) as server, library(server, batch_size=4) as ra:
        assert list(ra.get_user_progress("Max", range(1, 7))) == [1, 2, 3, 4, 5, 6]
    assert [ids_of(r) for r in server.requests] == [[1, 2, 3, 4], [1, 2], [3, 4], [5, 6]]


def test_a_414_for_a_single_game_is_raised() -> None:
    with RawServer(answer("", "414 URI Too Long")) as server, library(server) as ra:
        with pytest.raises(UrlTooLong):
            ra.get_user_progress("Max", [1, 2])
        assert len(server.requests) == 2


def test_an_unparsable_game_is_named() -> None:
    body = {"1": ENTRY, "14402": None}
    with (
        RawServer(answer(json.dumps(body))) as server,
        library(server) as ra,
        pytest.raises(BatchError, match="14402"),
    ):
        ra.get_user_progress("Max", [1, 14402])


def test_an_empty_answer_without_a_profile_is_an_unknown_player() -> None:
    scripts = [answer("[]"), answer("[]", "404 Not Found")]
    with RawServer(*scripts) as server, library(server) as ra, pytest.raises(PlayerNotFound):
        ra.get_user_progress("Unknown", [1])


def test_an_empty_answer_about_a_known_player_stays_an_empty_answer() -> None:
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
def test_impossible_limits_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="needed"):
        RetroAchievements("Owner", KEY, **options)


def test_an_unsafe_address_is_refused() -> None:
    with pytest.raises(ConfigError):
        RetroAchievements("Owner", KEY, base_url="http://retroachievements.org/API")


def test_it_keeps_to_its_rate_limit() -> None:
    with RawServer(GOOD) as server, library(server, requests_per_minute=303, burst=3) as ra:
        began = time.monotonic()
        for _ in range(6):
            ra.get_user_progress("Max", [1])
        assert time.monotonic() - began >= 0.2 * 3 - 0.05  # three at once, three more at 5 a second


def test_the_key_is_in_no_representation() -> None:
    with RawServer(GOOD) as server, library(server) as ra:
        ra.get_user_progress("Max", [1])
        shown = [repr(thing) for thing in (ra, ra._transport, ra.source, ra._transport._session)]
    assert KEY not in "".join(shown)
