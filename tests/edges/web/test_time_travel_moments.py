"""Time travel to any moment, and which player a name means."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from syncer.core.errors import SiteUnavailable
from syncer.core.formats.timestamps import format_utc
from tests.edges.harness import GAMES

from .time_travel_client import TimeTravelClient, recording

HOUR = timedelta(hours=1)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TimeTravelClient]:
    yield from recording(f"sqlite:///{tmp_path / 'syncer.db'}")


def test_any_moment_has_its_numbers_and_their_coverage(each_client: TimeTravelClient) -> None:
    home, at = each_client.home, each_client.at
    first = home.clock.now()
    home.live(HOUR)
    home.world.earn("Tester", 1, 2, home.clock.now())
    home.live(HOUR)
    before = home.queries.history.snapshots(home.tracked.id, 1, None, None)[0]["last_seen_at"]
    after = home.queries.history.snapshots(home.tracked.id, 1, None, None)[1]["first_seen_at"]
    home.source.failure = SiteUnavailable("DNS")
    home.live(6 * HOUR)
    away = home.clock.now() - 2 * HOUR
    home.source.failure = None
    home.live(3 * HOUR)

    middle = before + (after - before) / 2
    assert at(before, "1") == ({"1": 0}, ["known", None])
    assert at(middle, "1") == ({"1": 0}, ["between", None])
    assert at(after, "1") == ({"1": 2}, ["known", None])
    assert at(away, "1,2") == ({"1": 2, "2": 0}, ["gap", None])
    assert at(first - HOUR, "1") == ({"1": 0}, ["unknown", None])
    assert at(datetime.fromisoformat("0300-01-01T00:00Z"), "1,2") == ({"1": 0, "2": 0}, ["unknown", None])
    assert at(away, "1,2,77") == ({"1": 2, "2": 0, "77": 0}, ["unknown", "gap; unknown=77"])
    assert at(middle, "77,4,3,1,78")[1] == ["unknown", "known; between=1; unknown=77,78"]


def test_now_a_date_and_an_age(client: TimeTravelClient) -> None:
    home = client.home
    home.live(HOUR)
    home.world.earn("Tester", 1, 2, home.clock.now())
    home.live(36 * HOUR, HOUR)

    def achieved(query: str) -> tuple[int, str]:
        answer = client.ask(f"u=Tester&i=1{query}")
        return answer.json()["1"]["NumAchieved"], answer.headers["Syncer-At"]

    now = home.clock.now()
    assert achieved("") == achieved("&at=") == achieved("&at=0s") == (2, format_utc(now))
    assert achieved("&at=37h") == (0, format_utc(now - 37 * HOUR))
    assert achieved("&at=2026-05-01") == (2, "2026-05-01T21:59:59.999Z")  # the day's end in Berlin
    assert achieved("&at=2026-05-01T14:30") == (0, "2026-05-01T12:30:00.000Z")
    assert achieved("&at=2026-05-01T14:30%2B02:00") == (0, "2026-05-01T12:30:00.000Z")
    assert client.ask("u=Tester&i=1").headers["Syncer-Coverage"] in ("known", "between")


def test_game_that_left_the_configuration_keeps_its_past(client: TimeTravelClient) -> None:
    home = client.home
    home.world.earn("Tester", 4, 1, home.clock.now())
    home.live(HOUR)
    then = home.clock.now() - HOUR / 2
    home.games = GAMES[:3]
    home.live(5 * HOUR)
    assert client.at(then, "4")[0] == {"4": 1}
    assert client.at(home.clock.now(), "4") == ({"4": 1}, ["gap", None])


def test_former_name_current_name_and_ulid_find_the_same_player(each_client: TimeTravelClient) -> None:
    home = each_client.home
    home.world.earn("Tester", 1, 1, home.clock.now())
    home.poll()
    home.world.rename("Tester", "Renamed")
    home.clock.pass_by(86400 * 2)
    home.poll()
    ulid = home.account.ulid
    for name in ("Tester", "TESTER", "Renamed", "renamed", ulid, ulid.lower()):
        assert each_client.at(home.clock.now(), "1", name)[0] == {"1": 1}


def test_name_means_its_current_player(client: TimeTravelClient) -> None:
    """A released name may pass to another player (site-api.md section 3): an ambiguous name is refused."""
    home, one = client.home, client.home.account
    other = home.world.add_account("Other", "o" * 32)
    home.world.earn(one, 1, 1, home.clock.now())
    home.world.earn(other, 1, 3, home.clock.now())

    def two_days_later(**renamed: str) -> None:
        for account, name in renamed.items():
            home.world.rename({"one": one, "other": other}[account], name)
        home.clock.pass_by(86400 * 2)
        for home.name in ("Given", "Other"):  # as they are configured
            home.poll()

    def achieved(name: str) -> int:
        return client.at(home.clock.now(), "1", name)[0]["1"]

    two_days_later(one="Given")
    assert (achieved("Given"), achieved("Other")) == (1, 3)
    two_days_later(one="Both")
    two_days_later(one="Settled", other="Given")
    assert (achieved("Given"), achieved("Both"), achieved("Settled")) == (3, 1, 1)
    two_days_later(other="Both")
    # "Given" is the configured name of one player, "Both" the current name of the other.
    assert (achieved("Given"), achieved("Both")) == (1, 3)
    two_days_later(other="Elsewhere")
    answer = client.ask("u=Both&i=1")
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["u"])


def test_id_beyond_the_range_of_a_column_is_no_game(each_client: TimeTravelClient) -> None:
    each_client.home.poll()
    answer = each_client.ask("u=Tester&i=1,2147483648,99999999999999999999")
    assert answer.status_code == 200
    assert list(answer.json()) == ["1", "2147483648", "9223372036854775807"]
