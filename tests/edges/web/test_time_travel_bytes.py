"""Time travel of the account and of what was played, equal to the site byte by byte."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

import pytest
import requests

from syncer.api import ApiSource, Client, Transport
from syncer.core.formats import php
from syncer.demo.server import DemoServer
from tests.edges.harness import SyncHarness
from tests.waiting import PATIENCE

from .time_travel_client import POINTS, PROFILE, RECENT, TimeTravelClient, served_recording

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
QUARTER = DAY / 4
NOT_STORED = {
    PROFILE: (
        *("MemberSince", "RichPresenceMsg", "LastGameID", "ContribCount", "ContribYield", "Permissions"),
        *("Untracked", "ID", "UserWallActive", "Motto"),
    ),
    RECENT: ("ImageTitle", "ImageIngame", "ImageBoxArt"),
    POINTS: (),
}


@pytest.fixture(scope="module")
def read_whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TimeTravelClient, DemoServer]]:
    """A player of whom titles, unlocks and totals were read over a real socket, and the site."""
    home = SyncHarness(f"sqlite:///{tmp_path_factory.mktemp('whole') / 'syncer.db'}", every=QUARTER)
    home.unlocks = home.rank = True
    world = home.world
    for game, count, hours in ((2, 1, 30), (3, 4, 20), (1, 2, 10)):
        world.earn("Tester", game, count, home.clock.now() - hours * HOUR, hardcore=game != 2)
    world.add_account("Unplayed", "o" * 32)
    with DemoServer(world, home.clock) as site, served_recording(home) as client:
        transport = Transport(site.base_url, home.account.key or "", clock=home.clock, timeout=PATIENCE)
        reader = Client(transport, home.source.limiter, "Tester", clock=home.clock, rng=Random(1))
        home.source = ApiSource(reader)  # type: ignore[assignment]
        home.live(DAY, QUARTER)
        world.rename("Tester", "Renamed")
        home.live(2 * DAY, QUARTER)
        yield client, site
        transport.close()
    home.close()


def sites(site: DemoServer, script: str, query: str) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.get(f"{site.base_url}/{script}?{query}&y={'k' * 32}", timeout=PATIENCE)


def as_stored(script: str, answer: requests.Response) -> bytes:
    """Return the site's body with null for what is not stored."""
    if answer.status_code != 200:
        return answer.content

    def stored(entry: dict[str, Any]) -> dict[str, Any]:
        return {name: None if name in NOT_STORED[script] else value for name, value in entry.items()}

    found = answer.json()
    return php.to_json([*map(stored, found)] if isinstance(found, list) else stored(found)).encode()


@pytest.mark.parametrize(
    ("script", "query"),
    [
        *((script, "u=Renamed") for script in NOT_STORED),
        *((script, "u=tESTER") for script in NOT_STORED),
        *((script, "u=Nobody") for script in NOT_STORED),
        *((script, "u=ZZZZZZZZZZZZZZZZZZZZZZZZZZ") for script in NOT_STORED),
        *((script, query) for script in NOT_STORED for query in ("", "u=", "u=x", "u[]=Tester", "u=T%C3%A4")),
        *((POINTS, f"u=Tester&{query}") for query in ("i=1", "c=x", "o=-1")),  # not its parameters
        *((RECENT, f"u=Tester&c={count}") for count in ("0", "1", "+2", "50", "51", "999999999999999999")),
        *((RECENT, f"u=Tester&c={count}") for count in ("-1", "x", "1.0", "01", "1e1", "-0", "2" * 19)),
        *((RECENT, f"u=Tester&c={count}") for count in ("", "%20", "%201%20", "1&c=2", "²", "%C2%B2")),
        *((RECENT, f"u=Tester&o={offset}") for offset in ("0", "1", "2", "3", "999999999999999999")),
        *((RECENT, f"u=Tester&o={offset}") for offset in ("-1", "x", "9" * 19, "1&c=1", "2&c=50")),
        *((RECENT, f"u=Tester&{query}") for query in ("c[]=1", "o[]=1", "C=0", "c=0&o=5")),
        *((RECENT, f"u=Nobody&{query}") for query in ("c=-1", "o=2")),
    ],
)
def test_answer_equals_the_sites_with_null_for_what_is_not_stored(
    read_whole: tuple[TimeTravelClient, DemoServer], script: str, query: str
) -> None:
    client, site = read_whole
    ours, theirs = client.ask(query, script), sites(site, script, query)
    assert (ours.status_code, ours.content) == (theirs.status_code, as_stored(script, theirs))
    assert ours.headers["Content-Type"] == theirs.headers["Content-Type"] == "application/json"
    assert [client.ask(query, script, method).status_code for method in ("HEAD", "POST")] == [
        theirs.status_code
    ] * 2


def test_answers_are_not_empty_so_that_the_comparison_means_something(
    read_whole: tuple[TimeTravelClient, DemoServer],
) -> None:
    client, _ = read_whole
    profile = client.ask("u=Tester", PROFILE).json()
    assert (profile["User"], profile["UserPic"]) == ("Renamed", "/UserPic/Tester.png")
    assert [profile[name] for name in ("TotalPoints", "TotalSoftcorePoints", "TotalTruePoints")] == [
        105,
        5,
        210,
    ]
    first, *_ = client.ask("u=Tester", RECENT).json()
    assert (first["GameID"], first["Title"], first["ImageIcon"]) == (1, "Game 1", "/Images/000001.png")
    assert (first["AchievementsTotal"], first["LastPlayed"]) == (4, "2026-05-01 02:00:00")


def test_all_problems_of_a_page_are_reported_at_once(
    read_whole: tuple[TimeTravelClient, DemoServer],
) -> None:
    answer = read_whole[0].ask("u=x&o=-1&c=y&at=soon", RECENT)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["u", "o", "c", "at"])


@pytest.mark.parametrize(("script", "status"), [(PROFILE, 404), (POINTS, 404), (RECENT, 200)])
def test_unknown_player_has_the_sites_status_and_no_coverage(
    read_whole: tuple[TimeTravelClient, DemoServer], script: str, status: int
) -> None:
    answer = read_whole[0].ask("u=Nobody&at=1d", script)
    assert (answer.status_code, answer.text) == (status, "[]")
    assert answer.headers["Syncer-Coverage"] == "unknown"
    assert answer.headers["Syncer-At"]
