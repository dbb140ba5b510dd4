"""The identity of a player, read from a profile."""

import json

import pytest

from syncer.core.errors import BatchError, PlayerNotFound, SiteUnavailable
from syncer.core.model.player import Profile
from tests.edges.raw_server import RawServer, Script, answer

from .harness import ULID, ClientHarness


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Max", "Max"),
        (" M\x1b[31max\u202e\n", "M[31max"),  # no control characters, no change of direction
        ("M" * 100, "M" * 64),
        ("", ""),  # no name: the known one stays
        ("\u202e\x07", ""),  # nothing is left of it
        (5, ""),
        (None, ""),
    ],
)
def test_a_profile_has_a_ulid_and_a_sanitised_name(name: object, expected: str) -> None:
    with RawServer(answer(json.dumps({"User": name, "ULID": ULID, "Motto": ""}))) as server:
        assert ClientHarness(server).source.profile("Max") == Profile(ULID, expected)


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
        "Max",
    ],
)
def test_a_profile_without_a_ulid_is_rejected(body: object) -> None:
    with RawServer(answer(json.dumps(body))) as server, pytest.raises(BatchError) as caught:
        ClientHarness(server).source.profile("Max")
    assert caught.value.raw


def test_an_unknown_player_is_404_with_an_empty_list() -> None:
    with RawServer(answer("[]", "404 Not Found")) as server, pytest.raises(PlayerNotFound):
        ClientHarness(server).source.profile("Unknown")


@pytest.mark.parametrize(
    "script",
    [
        answer("<h1>Not Found</h1>", "404 Not Found", kind="text/html"),
        answer('{"message":"Not Found","errors":[]}', "404 Not Found"),  # no such endpoint: a wrong base_url
        answer("[]", "410 Gone"),
    ],
    ids=["html", "another json", "gone"],
)
def test_any_other_404_means_the_site_is_unavailable(script: Script) -> None:
    with RawServer(script) as server, pytest.raises(SiteUnavailable):
        ClientHarness(server).source.profile("Max")
