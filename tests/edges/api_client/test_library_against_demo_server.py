"""The public class against the simulated site: its contract, its errors, TLS."""

import inspect
import re
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from syncer.api import RetroAchievements
from syncer.core.clock import SystemClock
from syncer.core.errors import (
    BatchError,
    ConfigError,
    EmptyResponse,
    PlayerNotFound,
    SiteUnavailable,
    Unauthorized,
    UrlTooLong,
)
from syncer.core.model.progress import Progress
from syncer.demo.world import World
from tests.faulty_site import FaultyServer

KEY = "canary0canary0canary0canary0canr"
CONTRACT = {  # of each method its parameters, as callers write them
    "get_user_progress": "(username: str, game_ids: Sequence[int]) -> dict[int, Progress]",
    "get_user_profile": "(username: str) -> Profile",
    "get_user_completion_progress": "(username: str, offset: int = 0, count: int = 500) -> CompletionPage",
    "get_user_points": "(username: str) -> AccountSums",
    "get_user_rank_and_score": "(username: str) -> RankAndScore",
    "get_user_recently_played_games": "(username: str, offset: int = 0, count: int = 50) -> RecentPage",
    "get_achievements_earned_between": "(username: str, start: datetime, end: datetime) -> UnlockPage",
    "get_game": "(game_id: int) -> GameInfo | None",
    "get_game_list": "(console_id: int, *, with_achievements: bool = True)",
    "get_console_ids": "() -> tuple[ConsoleInfo, ...]",
}


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    world = World()
    world.add_game("One", [5, 10], game_id=1)
    world.add_game("Two", [25], game_id=2)
    world.add_account("Tester", KEY)
    world.earn("Tester", 1, 1, SystemClock().now(), hardcore=True)
    with FaultyServer(world, SystemClock()) as made:
        yield made


def library(server: FaultyServer, **more: object) -> RetroAchievements:
    settings = {"base_url": server.base_url, "requests_per_minute": 6000, "burst": 100, "timeout": 1.0} | more
    return RetroAchievements("Tester", KEY, **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", CONTRACT)
def test_its_methods_have_their_documented_parameters_and_a_docstring(
    server: FaultyServer, name: str
) -> None:
    with library(server) as ra:
        method = getattr(ra, name)
    shown = re.sub(r"(?:\w+\.)+(?=\w)", "", str(inspect.signature(method)))  # without modules
    assert shown.startswith(CONTRACT[name])
    assert (inspect.getdoc(method) or "").startswith("Return ")


def test_parameters_can_be_given_by_name(server: FaultyServer) -> None:
    with library(server) as ra:
        assert ra.get_user_progress(username="Tester", game_ids=[2])[2].possible_score == 25
        assert ra.get_user_completion_progress(username="Tester", offset=0, count=1).total == 0
        assert ra.get_game_list(console_id=7, with_achievements=True)[0].title == "One"
        with pytest.raises(PlayerNotFound):
            ra.get_user_completion_progress(username="Unknown")


def test_it_sends_the_documented_request_and_splits_long_lists(server: FaultyServer) -> None:
    with library(server, batch_size=2) as ra:
        found = ra.get_user_progress("Tester", [2, 1, 2, 77])
    assert found == {
        2: Progress(1, 25, 0, 0, 0, 0),
        1: Progress(2, 15, 1, 5, 1, 5),
        77: Progress(0, 0, 0, 0, 0, 0),
    }
    assert [asked.ids for asked in server.requests] == [(2, 1), (77,)]
    assert server.requests[0].user_agent.startswith("ra-syncer/")
    assert "z=Tester" in server.requests[0].query


def test_unknown_players_invalid_ids_unparsable_and_empty_answers_are_errors(server: FaultyServer) -> None:
    with library(server) as ra:
        assert ra.get_user_profile("tester").username == "Tester"
        with pytest.raises(PlayerNotFound):
            ra.get_user_progress("Unknown", [1])
        with pytest.raises(ValueError, match="positive"):
            ra.get_user_progress("Tester", [True])
        server.fault = "nulls"
        with pytest.raises(BatchError, match="1, 2"):
            ra.get_user_progress("Tester", [1, 2])
        server.fault = None
        server.choose_fault(lambda asked: "empty_list" if "Progress" in asked.path else None)
        with pytest.raises(EmptyResponse):
            ra.get_user_progress("Tester", [1])


def test_a_414_is_halved(server: FaultyServer) -> None:
    with library(server) as ra:
        server.fault = "414_above:1"
        assert set(ra.get_user_progress("Tester", [1, 2, 3])) == {1, 2, 3}
        server.fault = "414"
        with pytest.raises(UrlTooLong):
            ra.get_user_progress("Tester", [1])


def test_the_key_has_no_representation(server: FaultyServer) -> None:
    ra = library(server)
    assert KEY not in repr(ra)
    assert KEY not in repr(ra._transport)
    server.fault = "401"
    with pytest.raises(Unauthorized) as refused:
        ra.get_user_progress("Tester", [1])
    assert KEY not in repr(refused.getrepr(style="long"))
    ra.close()


def test_a_redirect_is_not_followed(server: FaultyServer) -> None:
    with FaultyServer(World(), SystemClock()) as other, library(server) as ra:
        server.fault = f"302:{other.base_url}/API_GetUserProgress.php"
        with pytest.raises(SiteUnavailable):
            ra.get_user_progress("Tester", [1])
        assert other.requests == []


def test_a_closed_port_and_an_unknown_host_mean_the_site_is_unavailable() -> None:
    with (
        pytest.raises(SiteUnavailable, match="connection"),
        RetroAchievements("Tester", KEY, base_url="http://127.0.0.1:1/API") as ra,
    ):
        ra.get_user_progress("Tester", [1])
    with (
        pytest.raises(SiteUnavailable, match="DNS"),
        RetroAchievements("Tester", KEY, base_url="https://no.invalid/API") as ra,
    ):
        ra.get_user_progress("Tester", [1])


def test_plain_http_to_another_machine_is_refused() -> None:
    with pytest.raises(ConfigError):
        RetroAchievements("Tester", KEY, base_url="http://example.org/API")


def test_tls_is_verified(server: FaultyServer, tmp_path: Path) -> None:
    authority, good = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(good)
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    with FaultyServer(server.world, SystemClock(), ssl_context=good) as safe:
        with library(safe) as ra, pytest.raises(SiteUnavailable) as refused:
            ra.get_user_progress("Tester", [1])
        assert "ca_file" in refused.value.hint
        assert safe.requests == []
        with library(safe, ca_file=str(file)) as ra:
            assert ra.get_user_progress("Tester", [1])[1].num_achieved == 1
        with (
            library(safe, base_url=safe.base_url.replace("https", "http")) as ra,
            pytest.raises(BatchError),
        ):
            ra.get_user_progress("Tester", [1])
