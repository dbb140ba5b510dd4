"""Commands that read the history, on both databases where they differ."""

import csv
import io

from syncer.core.clock import SystemClock
from syncer.store.db.revision import head

from .simulated_site import KEY, Site, run_cli


def test_every_reading_command_shows_a_synced_history(each_empty_site: Site) -> None:
    site = each_empty_site
    if not site.url.startswith("sqlite"):
        refused = run_cli(site, "sync")
        assert (refused.code, "syncer db upgrade" in refused.err) == (78, True)
    assert run_cli(site, "db", "upgrade").code == 0
    first = run_cli(site, "sync", "--json").document["runs"][0]
    assert (first["outcome"], first["targets_seen"], first["snapshots_added"], first["requests"]) == (
        "ok",
        4,
        4,
        6,  # profile, one page of the listing, probe, progress, rank, unlocks
    )
    site.earn(1)
    assert "1 new snapshot," in run_cli(site, "sync").out
    snapshots = run_cli(site, "history", "1", "--json").document["snapshots"]
    assert [row["kind"] for row in snapshots] == ["baseline", "unlock"]
    assert snapshots[1]["num_achieved_delta"] == 1
    assert "3/4 (+1)" in run_cli(site, "history", "1").out
    rows = list(csv.DictReader(io.StringIO(run_cli(site, "history", "1", "--csv").out)))
    assert [row["num_achieved"] for row in rows] == ["2", "3"]
    assert all(row["first_seen_at"].endswith("Z") for row in rows)
    found = run_cli(site, "at", "0s", "--json").document["targets"]
    assert (found[0]["game_id"], found[0]["num_achieved"], found[0]["coverage"]) == (1, 3, "between")
    assert run_cli(site, "at", "0s", "--shape", "api").document["1"]["NumAchieved"] == 3
    assert "Game" not in run_cli(site, "at", "0s").err
    assert run_cli(site, "gaps", "--json").document["gaps"] == []
    assert "No gaps" in run_cli(site, "gaps").out
    status = run_cli(site, "status", "--json").document["players"][0]
    assert (status["targets"], status["changes_today"], status["last_run"]["outcome"]) == (4, 1, "ok")
    assert "Tester: 4 games" in run_cli(site, "status").out
    assert "1 change in followed games" in run_cli(site, "status").out
    assert run_cli(site, "health").code == 0
    assert run_cli(site, "health", "--json").document["ok"] is True
    assert "passed every check" in run_cli(site, "db", "check").out
    assert run_cli(site, "db", "current", "--json").document == {
        "current": head(),
        "head": head(),
    }
    assert "Nothing is due" in run_cli(site, "sync", "--due").out


def test_an_unknown_game_time_or_player_is_reported(site: Site) -> None:
    run_cli(site, "sync")
    assert "Nothing is stored about game 77" in run_cli(site, "history", "77").out
    assert "Nothing was stored yet" in run_cli(site, "at", "2020-01-01").out
    assert "first poll: syncer unlocks --since 52w" in run_cli(site, "at", "2020-01-01").out
    assert run_cli(site, "history", "1", "--player", "Unknown").code == 78
    assert run_cli(site, "history", "1", "--player", "TESTER").code == 0
    assert run_cli(site, "sync", "--player", "Unknown").code == 78


def test_a_long_title_is_whole_and_widens_no_other_row(site: Site) -> None:
    site.world.catalogue.set_title(1, "Long " * 51)
    site.world.catalogue.set_title(2, "Short")
    run_cli(site, "sync")
    site.earn(1)
    run_cli(site, "sync")
    for command in (("at", "0s"), ("changes",)):
        result = run_cli(site, *command)
        assert sum(len(line) > 160 for line in result.out.splitlines()) == 1
        assert "Long " * 50 in result.out
        assert "Long " * 50 in run_cli(site, *command, "--json").out
    assert "Long " * 50 in run_cli(site, "export", "games").out


def test_changes_are_listed_newest_first(site: Site) -> None:
    run_cli(site, "sync")
    assert "No change since" in run_cli(site, "changes").out
    site.earn(1)
    site.world.reset_game("Tester", 2)
    run_cli(site, "sync")
    found = run_cli(site, "changes", "--json").document["changes"]
    assert sorted(row["kind"] for row in found) == ["reset", "unlock"]
    assert [row["id"] for row in found] == sorted((row["id"] for row in found), reverse=True)
    assert len(run_cli(site, "changes", "--all", "--json").document["changes"]) == 6
    result = run_cli(site, "changes").out
    assert ("3/4 (+1)" in result, "0/4 (-2)" in result) == (True, True)
    assert run_cli(site, "changes", "--until", "1d", "--json").document["changes"] == []
    assert run_cli(site, "changes", "--since", "soon").code == 2


def test_an_outage_shows_as_one_current_gap(site: Site) -> None:
    site.configure(every="1s")
    path = site.folder / "config.toml"
    path.write_text(path.read_text().replace("[schedule]", '[schedule]\ngap_after = "0s"'))
    run_cli(site, "sync")
    SystemClock().wait(1.2)
    (gap,) = run_cli(site, "gaps", "--json").document["gaps"]
    assert (gap["scope"], gap["game_id"], gap["ended_at"]) == ("account", None, None)
    assert len(run_cli(site, "gaps", "--targets", "--json").document["gaps"]) == 4
    for options, games in (((), False), (("--targets",), True)):
        result = run_cli(site, "gaps", *options).out
        assert (" now " in result, "4 games" in result, result.count("Tester")) == (True, games, 1)
    SystemClock().wait(2.2)
    assert run_cli(site, "health").code == 69


def test_a_player_removed_from_the_configuration_is_not_in_status(each_site: Site) -> None:
    site = each_site
    site.prepare_database()
    site.world.add_account("Moss", "m" * 32)
    path = site.configure()
    one_player = path.read_text().replace("[[players]]", '[[players]]\nusername = "Tester"')
    path.write_text(one_player + '[[players]]\nusername = "Moss"\ngames = [1]\n')
    assert run_cli(site, "sync").code == 0
    assert len(run_cli(site, "status", "--json").document["players"]) == 2
    path.write_text(one_player)
    assert run_cli(site, "sync").code == 0
    assert [p["username"] for p in run_cli(site, "status", "--json").document["players"]] == ["Tester"]
    assert len(run_cli(site, "history", "1", "--player", "Moss", "--json").document["snapshots"]) == 1


def test_a_reading_command_creates_no_database(site: Site) -> None:
    result = run_cli(site, "status")
    assert result.code == 78
    assert not (site.folder / "syncer.db").exists()


def test_an_empty_file_is_not_a_database(site: Site) -> None:
    (site.folder / "syncer.db").touch()
    assert run_cli(site, "sync").code == 65
    assert (site.folder / "syncer.db").stat().st_size == 0


def test_a_misspelt_player_is_a_configuration_error(site: Site) -> None:
    path = site.configure()
    path.write_text(path.read_text().replace("[[players]]", '[[players]]\nusername = "Testerr"'))
    result = run_cli(site, "sync")
    assert result.code == 78
    assert "knows no player Testerr" in result.out
    assert run_cli(site, "health").code == 69


def test_status_shows_each_player_the_state_of_their_own_key(site: Site) -> None:
    """Both players are configured by ULID: neither has a name that could match."""
    moss = site.world.add_account("Moss", "m" * 32)
    path = site.configure()
    text = path.read_text().partition("[[players]]")[0]
    entry = '[[players]]\nulid = "{}"\ngames = [1]\n'
    tester = site.world.accounts.owner_of(KEY)
    assert tester
    path.write_text(text + entry.format(tester.ulid) + entry.format(moss.ulid) + 'api_key_file = "moss"\n')
    (site.folder / "moss").write_text("m" * 32)
    (site.folder / "moss").chmod(0o600)
    assert run_cli(site, "sync").code == 0
    (site.folder / "moss").write_text("x" * 32)
    run_cli(site, "sync")
    (site.folder / "moss").write_text("x" * 32)
    refused = {
        player["username"]: player["key_refused_at"]
        for player in run_cli(site, "status", "--json").document["players"]
    }
    assert refused["Tester"] is None
    assert refused["Moss"]


def test_before_the_first_run_nothing_is_called_polled(site: Site) -> None:
    site.prepare_database()
    assert run_cli(site, "gaps").out == "No player is polled yet. Try: syncer sync\n"
    plan = run_cli(site, "plan", environ={"SYNCER_PLAYERS__0__GAMES": "played"}).out
    assert plan.startswith("Tester: no game is known before the first run\n")
