"""plan prints the number of requests that the next run then sends, and sends none itself."""

import pytest

from .plan_states import (
    STATES,
    State,
    few_outdated_titles,
    many_games,
    old_readings,
    played_games,
    set_readings_back,
)
from .simulated_site import Site, run_cli


@pytest.mark.parametrize("state", STATES)
def test_the_next_run_sends_the_planned_requests(site: Site, state: State) -> None:
    state(site)
    before = len(site.server.requests)
    planned = run_cli(site, "plan", "--json").document
    assert len(site.server.requests) == before
    run_cli(site, "sync")
    assert len(site.server.requests) - before == planned["requests"], planned


@pytest.mark.parametrize("state", [many_games, old_readings(many_games), old_readings(played_games)])
def test_the_next_run_of_the_daemon_sends_the_planned_requests(site: Site, state: State) -> None:
    state(site)
    before = len(site.server.requests)
    planned = run_cli(site, "plan", "--due", "--json").document
    run_cli(site, "sync", "--due")
    assert len(site.server.requests) - before == planned["requests"], planned


def test_a_table_shows_the_requests_of_a_day_and_how_soon_changes_are_seen(site: Site) -> None:
    many_games(site)
    lines = run_cli(site, "plan").out.splitlines()
    assert max(map(len, lines)) <= 80
    words = [line.split() for line in lines]
    assert ["games", "played", "last", "96.0"] in words
    assert ["points", "and", "rank", "24.0"] in words
    assert ["all", "games", "in", "turn", "2.8"] in words
    assert ["a", "revised", "set", "24", "h"] in words


def test_plan_warns_when_the_request_budget_cannot_keep_the_promises(site: Site) -> None:
    path = site.configure(games=str(list(range(1, 1001))), every="1m")
    path.write_text(path.read_text().replace("60000", "5").replace("30000", "1"))
    planned = run_cli(site, "plan", "--json").document
    assert planned["budget_share"] < 1
    path.write_text(path.read_text().replace("[schedule]", '[schedule]\nidle_every = "1m"'))
    planned = run_cli(site, "plan", "--json").document
    assert planned["budget_share"] == pytest.approx((14_400 + 100) / (4 * 1_440), rel=0.02)
    assert "the request budget cannot keep this" in run_cli(site, "plan").out


def test_a_renamed_game_without_unlocks_gets_its_new_title(site: Site) -> None:
    few_outdated_titles(site)
    site.world.catalogue.set_title(5, "Renamed")
    before = len(site.server.requests)
    run_cli(site, "sync")
    assert "Renamed" in run_cli(site, "at", "0s").out
    sent = len(site.server.requests)
    assert "GetGame.php" in " ".join(request.path for request in site.server.requests[before:sent])
    run_cli(site, "sync")
    run_cli(site, "sync")
    assert "GetGame.php" not in " ".join(request.path for request in site.server.requests[sent:])


def test_plan_lists_games_without_achievements_and_creates_no_file(site: Site) -> None:
    path = site.configure(games="[1, 2, 999999]")
    path.write_text(path.read_text().replace("60000", "30").replace("30000", "3"))
    assert "6 requests" in run_cli(site, "plan").out
    assert not (site.folder / "syncer.db").exists()
    assert not (site.folder / "syncer.db-budget").exists()
    run_cli(site, "sync")
    assert run_cli(site, "plan", "--json").document["players"][0]["no_achievements"] == [999999]
    assert "999999: no such game" in run_cli(site, "plan").out
    assert run_cli(site, "plan", "--due", "--json").document["requests"] == 0


def test_plan_estimates_how_long_the_requests_take(site: Site) -> None:
    path = site.configure(games="[1, 2, 3]")
    run_cli(site, "sync")
    set_readings_back(site, "kind = 'probe'")
    site.configure(games=str(list(range(1, 10_001))))
    path.write_text(path.read_text().replace("60000", "30").replace("30000", "3"))
    planned = run_cli(site, "plan", "--json").document
    assert (
        planned["requests"] == 100 + 1 + 1 + 5
    )  # batches, probe, unlocks, titles; the rank was read just now
    assert planned["minutes"] == pytest.approx(104 * 60 / 27 / 60, abs=0.1)


def test_plan_says_how_many_games_the_configuration_does_not_name_any_more(site: Site) -> None:
    run_cli(site, "sync")
    assert "not followed any more" not in run_cli(site, "plan").out
    site.configure(games="[1, 2]")
    assert "not followed any more with this configuration: 2 games" in run_cli(site, "plan").out
    assert run_cli(site, "plan", "--json").document["players"][0]["targets_dropped"] == 2
    assert "Tester: 4 games" in run_cli(site, "status").out
    run_cli(site, "sync")
    assert "Tester: 2 games" in run_cli(site, "status").out
    assert run_cli(site, "plan", "--json").document["players"][0]["targets_dropped"] == 0
