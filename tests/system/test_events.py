"""Events on a simulated site: what is followed, what is summed, and what the configuration's check says."""

from datetime import timedelta

import pytest

from .played_games import check_named, clock, configure, query
from .simulated_site import Site, run_cli

EVENT = 60


@pytest.fixture
def with_event(site: Site) -> Site:
    """A set of six for 30 points and an event of one achievement for one point, both unlocked."""
    earned_at = clock.now().replace(microsecond=0) - timedelta(days=3)
    site.world.add_game("Six", [5] * 6, game_id=50)
    site.world.add_game("Event", [1], game_id=EVENT, console="Events")
    site.world.earn("Tester", 50, 6, earned_at, hardcore=True)
    site.world.earn("Tester", EVENT, 1, earned_at + timedelta(days=1), hardcore=True)
    return site


def test_with_played_the_sums_are_those_of_the_profile(with_event: Site) -> None:
    site = with_event
    configure(site)
    for _ in range(2):
        assert run_cli(site, "sync").code == 0
    account = site.world.resolve("Tester")
    assert account
    profile = site.world.profile(account)
    wanted = int(profile["TotalPoints"] or 0) + int(profile["TotalSoftcorePoints"] or 0)
    assert query(site, "SELECT sum(points) FROM first_unlocks") == [(wanted,)]
    assert query(site, "SELECT score_achieved FROM player_totals") == [(wanted,)]
    assert query(site, "SELECT count(*) FROM unlocks WHERE game_id = 60") == [(1,)]
    assert query(site, "SELECT count(*) FROM targets WHERE game_id = 60") == [(0,)]
    assert check_named(site, "consistency")["status"] == "ok"


def test_a_listed_event_is_polled_and_the_check_of_the_configuration_names_it(with_event: Site) -> None:
    site = with_event
    site.configure(games=f"[1, {EVENT}]")
    assert "event" not in run_cli(site, "config", "check").out  # nothing is known before the first run
    for _ in range(3):
        assert run_cli(site, "sync").code == 0
    assert query(site, "SELECT is_open FROM snapshots WHERE game_id = 60")
    assert query(site, "SELECT games FROM player_totals") == [(1,)]
    checked = run_cli(site, "config", "check")
    assert (checked.code, checked.err) == (0, "")
    assert checked.out.endswith("\nGame 60 is an event or a hub: it is polled, but no sum counts it.\n")
    site.world.add_game("Hub", [1], game_id=61, console="Hubs")
    site.configure(games=f"[1, {EVENT}, 61]")
    for _ in range(2):
        run_cli(site, "sync")
    both = "Games 60, 61 are events or hubs: they are polled, but no sum counts them."
    assert both in run_cli(site, "config", "check").out
    (site.folder / "syncer.db").write_bytes(b"no database")
    assert run_cli(site, "config", "check").code == 0  # its subject is the configuration
