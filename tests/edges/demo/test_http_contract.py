"""The replies of the demo server against site-api.md, over real sockets: keys, parameters, players."""

import pytest

from syncer.demo.models import Account
from syncer.demo.world import World
from tests.faulty_site import FaultyServer

from .demo_requests import KEY, request, request_profile

UNAUTHENTICATED = (
    '{"message":"Unauthenticated.","errors":'
    '[{"status":"401","code":"unauthorized","title":"Unauthenticated."}]}'
)


def test_progress_is_written_as_php_writes_it(server: FaultyServer) -> None:
    answer = request(server)
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
def test_a_bad_key_is_refused_before_anything_else_is_checked(server: FaultyServer, query: str) -> None:
    for name in ("GetUserProgress", "GetUserProfile", "NoSuchThing"):
        answer = request(server, query, name)
        assert (answer.status_code, answer.text) == (401, UNAUTHENTICATED)


def test_a_bearer_token_is_accepted_but_not_beside_a_wrong_key_in_the_query(server: FaultyServer) -> None:
    bearer = {"Authorization": f"Bearer {KEY}"}
    assert request(server, "u=MaxMilyin&i=1", headers=bearer).status_code == 200
    assert request(server, "y=wrong&u=MaxMilyin&i=1", headers=bearer).status_code == 401
    assert request(server, "u=MaxMilyin&i=1", headers={"X-API-Key": KEY}).status_code == 401


def test_the_key_is_accepted_in_a_form_and_as_basic_password(server: FaultyServer) -> None:
    assert request(server, "u=MaxMilyin&i=1", method="POST", data={"y": KEY}).status_code == 200
    assert request(server, "u=MaxMilyin&i=1", auth=("any", KEY)).status_code == 200


def test_a_banned_players_key_is_refused_while_the_progress_stays_visible(
    server: FaultyServer, world: World
) -> None:
    world.add_account("Other", "b" * 32)
    world.accounts.ban("MaxMilyin")
    assert request(server).status_code == 401
    assert list(request(server, f"y={'b' * 32}&u=MaxMilyin&i=1").json()) == ["1"]


def test_an_unknown_endpoint_is_404_as_json(server: FaultyServer) -> None:
    answer = request(server, name="GetEverything")
    assert answer.status_code == 404
    assert answer.json()["errors"] == [{"status": "404", "code": "not_found", "title": "Not Found"}]


def test_post_takes_its_parameters_from_the_query(server: FaultyServer) -> None:
    answer = request(server, f"y={KEY}&u=MaxMilyin&i=1", method="POST", data={"i": "2", "u": "Unknown"})
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
def test_a_bad_u_is_422(server: FaultyServer, query: str, message: str) -> None:
    for name in ("GetUserProgress", "GetUserProfile"):
        answer = request(server, f"y={KEY}&{query}", name)
        assert answer.status_code == 422
        assert answer.json() == {"message": message, "errors": {"u": [message]}}


@pytest.mark.parametrize("u", ["Max-Milyin", "Max_Milyin", "M%C3%BCller", "0" * 25 + "-"])
def test_names_and_ulids_are_ascii_letters_and_digits(server: FaultyServer, u: str) -> None:
    assert request(server, f"y={KEY}&u={u}&i=1").status_code == 422


def test_values_are_trimmed_and_the_last_of_a_name_wins(server: FaultyServer) -> None:
    answer = request(server, f"y=wrong&y=%20{KEY}&u=Unknown&u=+MaxMilyin+&i=1&i=%202")
    assert list(answer.json()) == ["2"]


def test_an_array_of_ids_is_a_server_error(server: FaultyServer) -> None:
    answer = request(server, f"y={KEY}&u=MaxMilyin&i[]=1")
    assert (answer.status_code, answer.json()) == (500, {"message": "Server Error"})


@pytest.mark.parametrize("i", ["", "&i=", "&i=abc,0,-1", "&i=,,"])
def test_no_ids_is_an_empty_list(server: FaultyServer, i: str) -> None:
    answer = request(server, f"y={KEY}&u=MaxMilyin{i}")
    assert (answer.status_code, answer.text) == (200, "[]")


def test_ids_come_back_once_in_order_of_first_appearance(server: FaultyServer) -> None:
    answer = request(server, f"y={KEY}&u=MaxMilyin&i=3,1.9,%2B2,3,abc,0x1F,99999999999999999999")
    assert list(answer.json()) == ["3", "1", "2", str(2**63 - 1)]


def test_encoded_commas_are_commas(server: FaultyServer) -> None:
    assert list(request(server, f"y={KEY}&u=MaxMilyin&i=3%2C1").json()) == ["3", "1"]


def test_unknown_games_are_six_zeros(server: FaultyServer) -> None:
    (entry,) = request(server, f"y={KEY}&u=MaxMilyin&i=4711").json().values()
    assert list(entry.values()) == [0] * 6
    assert len(entry) == 6


def test_an_unknown_player_is_an_empty_list_for_progress_and_404_for_the_profile(
    server: FaultyServer,
) -> None:
    progress, unknown = request(server, f"y={KEY}&u=Unknown&i=1"), request_profile(server, "Unknown")
    assert (progress.status_code, progress.text) == (200, "[]")
    assert (unknown.status_code, unknown.text) == (404, "[]")


def test_the_profile_escapes_slashes_and_has_all_fields(server: FaultyServer, player: Account) -> None:
    answer = request_profile(server, "mAXmilyin")
    assert answer.json()["ULID"] == player.ulid
    assert r'"UserPic":"\/UserPic\/MaxMilyin.png"' in answer.text
    assert answer.text.isascii()
    assert len(answer.json()) == 16


def test_a_ulid_resolves_after_renames_and_an_intermediate_name_may_belong_to_another_player(
    server: FaultyServer, world: World, player: Account
) -> None:
    world.rename(player, "Between")
    world.rename(player, "Later")
    other = world.add_account("Between")
    assert request_profile(server, player.ulid.lower()).json()["User"] == "Later"
    assert request_profile(server, "maxmilyin").json()["ULID"] == player.ulid
    assert request_profile(server, "between").json()["ULID"] == other.ulid


def test_a_deleted_player_becomes_unknown(server: FaultyServer, world: World, player: Account) -> None:
    world.add_account("Other", "b" * 32)
    world.delete_account(player)
    assert request(server).status_code == 401
    assert request(server, f"y={'b' * 32}&u={player.ulid}&i=1").text == "[]"
