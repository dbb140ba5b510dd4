"""Faults in replies that look correct: entries, ids, bodies, dates."""

import json
from datetime import timedelta
from email.utils import parsedate_to_datetime

import pytest

from syncer.demo.world import World
from tests.faulty_site import FaultyServer

from .demo_requests import KEY, request
from .hand_clock import NOON

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
def test_entries_are_changed_as_their_fault_is_named(server: FaultyServer, name: str) -> None:
    server.fault = name
    answer = request(server)
    values = list(answer.json()["1"].values())
    assert json.dumps(values) == json.dumps(ENTRIES[name])
    if name == "1e999":
        assert "Infinity" not in answer.text
    if name == "duplicate_names":
        assert answer.text.count('"NumAchieved"') == 4


def test_nan_is_written_out(server: FaultyServer) -> None:
    server.fault = "nan"
    assert '"NumAchieved":NaN' in request(server).text


def test_fields_can_have_other_names(server: FaultyServer) -> None:
    server.fault = "lower_camel"
    assert next(iter(request(server).json()["1"])) == "numPossibleAchievements"
    server.fault = "renamed_fields"
    assert next(iter(request(server).json()["1"])) == "NumPossibleAchievementsCount"


def test_rows_of_lists_and_pages_are_changed_like_entries(server: FaultyServer, world: World) -> None:
    world.add_achievements(1, [1, 2, 3])
    window = f"y={KEY}&u=MaxMilyin&f=0&t={2**32}"
    server.fault = "nulls:1"
    (played,) = request(server, window, "GetUserCompletionProgress").json()["Results"]
    assert (played["GameID"], played["NumAwarded"], played["Title"]) == (None, None, "Game 1")
    rows = request(server, window, "GetAchievementsEarnedBetween").json()
    assert [row["Points"] for row in rows] == [5, 5, 5, 5, None, None]
    server.fault = "missing_field"
    assert all("Title" not in game for game in request(server, f"y={KEY}&i=7", "GetGameList").json())


def test_ids_can_be_missing_or_too_many_or_a_list(server: FaultyServer) -> None:
    server.fault = "missing_id"
    assert list(request(server).json()) == ["2"]
    server.fault = "extra_id"
    assert list(request(server).json()) == ["1", "2", "987654321"]
    server.fault = "list_of_objects"
    assert [type(entry) for entry in request(server).json()] == [dict, dict]


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
def test_bodies_begin_as_their_fault_is_named(server: FaultyServer, name: str) -> None:
    server.fault = name
    answer = request(server)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.content.startswith(BODIES[name])


@pytest.mark.parametrize(("name", "status"), [("echo_500", 500), ("echo_200", 200)])
def test_an_error_page_may_hold_the_key(server: FaultyServer, name: str, status: int) -> None:
    server.fault = name
    answer = request(server)
    assert answer.status_code == status
    assert KEY in answer.text
    assert KEY not in repr(server.requests)


def test_the_date_header_can_be_wrong_unreadable_or_absent(server: FaultyServer) -> None:
    server.fault = "date_off:-3"
    assert parsedate_to_datetime(request(server).headers["Date"]) == NOON - timedelta(hours=3)
    server.fault = "date_garbage"
    assert request(server).headers["Date"] == "yesterday"
    server.fault = "date_missing"
    assert "Date" not in request(server).headers
