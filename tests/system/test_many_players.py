"""`status` and `plan` of several players: a row for each, and one in full with --player."""

import pytest

from .simulated_site import Site, run_cli

NAMES = ("Tester", "Moss", "Heron")


def configure_three(site: Site) -> None:
    path = site.configure(games="[1]")
    first = path.read_text().replace("[[players]]", '[[players]]\nusername = "Tester"')
    more = "".join(f'[[players]]\nusername = "{name}"\ngames = [1, 2]\n' for name in NAMES[1:])
    path.write_text(first + more)
    for name in NAMES[1:]:
        site.world.add_account(name)


def test_status_of_several_players_is_a_table(site: Site) -> None:
    configure_three(site)
    run_cli(site, "sync", "--player", "Tester")
    assert "2 need attention" in run_cli(site, "status").out
    run_cli(site, "sync", "--player", "Moss")
    first, *lines = run_cli(site, "status").out.splitlines()
    assert first == "3 players; 1 needs attention:"
    assert lines[0] == "  not polled yet: Heron"
    assert lines[1] == "What to do: syncer doctor"
    assert [line.split()[0] for line in lines[3:6]] == ["player", "Tester", "Moss"]
    assert len(lines) < 10
    full = run_cli(site, "status", "--player", "Moss").out
    assert "Moss: 2 games" in full
    assert "promised" in full
    players = run_cli(site, "status", "--json").document["players"]
    assert [player["username"] for player in players] == ["Tester", "Moss"]


def test_plan_of_several_players_is_a_table(site: Site) -> None:
    configure_three(site)
    first, second, *lines = run_cli(site, "plan").out.splitlines()
    planned = run_cli(site, "plan", "--json").document
    assert first.startswith(f"3 players: {planned['requests']} requests in the next run, in at least ")
    assert second.startswith("Tester, Moss, Heron: older unlocks are still to be read, once; how many: ")
    rows = [line.split() for line in lines[2:5]]
    assert [(row[0], int(row[4])) for row in rows] == [
        (plan["username"], plan["requests"]) for plan in planned["players"]
    ]
    one = run_cli(site, "plan", "--player", "moss")
    assert "Moss: 2 of 2 games" in one.out
    assert "by hand, a reset" in one.out
    shown = run_cli(site, "plan", "--player", "Moss", "--json").document
    assert [plan["username"] for plan in shown["players"]] == ["Moss"]
    assert shown["requests"] == planned["players"][1]["requests"]
    assert "is not one of the configured players" in run_cli(site, "plan", "--player", "Fox").err


def refuse_the_key_of_moss(site: Site) -> None:
    path = site.folder / "config.toml"
    own = 'username = "Moss"\napi_username = "Moss"\napi_key = "refused0refused0refused0refused0"'
    path.write_text(path.read_text().replace('username = "Moss"', own).replace("[1, 2]", '["played"]'))
    path.chmod(0o600)


def test_a_refused_key_leaves_the_plans_of_the_others(site: Site) -> None:
    configure_three(site)
    refuse_the_key_of_moss(site)
    result = run_cli(site, "plan", "--ask")
    assert (result.code, "Moss: RetroAchievements refused the key" in result.err) == (0, True)
    assert "Heron" in result.out
    assert run_cli(site, "plan", "--ask", "--player", "Moss").code == 77


def test_doctor_checks_the_other_names_where_one_key_is_refused(site: Site) -> None:
    configure_three(site)
    refuse_the_key_of_moss(site)
    checks = {check["name"]: check for check in run_cli(site, "doctor", "--json").document["checks"]}
    assert "of Moss" in checks["key"]["what"]
    assert checks["players"]["what"] == "known to the site (2 of 3 checked)"
    path = site.folder / "config.toml"
    path.write_text(path.read_text().replace('"Heron"', '"Herron"'))
    checks = {check["name"]: check for check in run_cli(site, "doctor", "--json").document["checks"]}
    assert (checks["players"]["status"], "Herron" in checks["players"]["what"]) == ("fail", True)


def test_doctor_looks_first_at_players_that_were_never_polled(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syncer.doctor.api.MAX_REQUESTS", 1)
    configure_three(site)
    path = site.folder / "config.toml"
    path.write_text(path.read_text().replace('"Heron"', '"Herron"'))
    for name in ("Tester", "Moss"):
        run_cli(site, "sync", "--player", name)
    checks = {check["name"]: check for check in run_cli(site, "doctor", "--json").document["checks"]}
    assert (checks["players"]["status"], "Herron" in checks["players"]["what"]) == ("fail", True)
