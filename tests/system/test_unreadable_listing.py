"""A listing of which no row can be read: sync, health, readyz's reason and doctor say so, and it heals."""

from datetime import timedelta

import pytest

from syncer.demo.request_log import ReceivedRequest

from .played_games import check_named, clock, configure, query
from .simulated_site import Site, run_cli

NOTHING = "the listing had rows and none could be read; nothing is followed"


def unreadable(request: ReceivedRequest) -> str | None:
    """Return the fault: no game of the listing has an id, and neither a probe nor an unlock names one."""
    if "Completion" in request.path:
        return "nulls"
    is_other_list = "RecentlyPlayed" in request.path or "EarnedBetween" in request.path
    return "empty_list" if is_other_list else None


def add_played_games(site: Site) -> None:
    for game in (101, 102):
        site.world.add_game(f"Game {game}", [5] * 6, game_id=game)
        site.world.earn("Tester", game, 2, clock.now() - timedelta(hours=3))


@pytest.fixture
def played(site: Site) -> Site:
    configure(site)
    add_played_games(site)
    return site


def test_it_fails_the_run_and_health_and_doctor_say_so(played: Site) -> None:
    played.server.choose_fault(unreadable)
    played.prepare_database()
    result = run_cli(played, "sync")
    assert (result.code, NOTHING in result.out + result.err) == (69, True), result.out + result.err
    kept = query(played, "SELECT DISTINCT endpoint, subject, reason, ended_at FROM rejections")
    assert ("GetUserCompletionProgress", "the played games", "unparsable_row", None) in kept
    health = run_cli(played, "health")
    assert (health.code, NOTHING in health.out) == (69, True)
    (entry,) = run_cli(played, "health", "--json").document["players"]
    assert (entry["ok"], entry["problem"]) == (False, NOTHING)
    check = check_named(played, "unreadable rows")
    assert (check["status"], NOTHING in check["what"]) == ("fail", True)
    played.server.choose_fault(lambda request: None)
    played.forget_waits()
    healed = run_cli(played, "sync")
    assert healed.code == 0, healed.out + healed.err
    assert run_cli(played, "health").code == 0
    assert check_named(played, "unreadable rows")["status"] == "ok"


def test_where_the_probe_names_the_games_an_unreadable_listing_makes_the_run_partial(played: Site) -> None:
    played.server.choose_fault(lambda request: "nulls" if "Completion" in request.path else None)
    played.prepare_database()
    result = run_cli(played, "sync")
    assert (result.code, "partial: 5 of 5 games polled" in result.out) == (3, True), result.out + result.err
    assert "2 played games could not be read" in result.err
    assert run_cli(played, "health").code == 0
    assert check_named(played, "unreadable rows")["status"] == "warn"


@pytest.mark.parametrize(
    ("listed_by", "game"),
    [("Completion", "1 played game"), ("RecentlyPlayed", "1 recently played game")],
)
def test_a_single_row_that_cannot_be_read_makes_the_run_partial(
    played: Site, listed_by: str, game: str
) -> None:
    played.server.choose_fault(lambda request: "nulls:101" if listed_by in request.path else None)
    played.prepare_database()
    result = run_cli(played, "sync")
    assert result.code == 3, result.out + result.err
    assert f"{game} could not be read" in result.err
    check = check_named(played, "unreadable rows")
    assert (check["status"], "1 row cannot be read" in check["what"]) == ("warn", True)
    assert run_cli(played, "health").code == 0
