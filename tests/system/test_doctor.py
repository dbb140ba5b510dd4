"""Each planted fault of the site, of a file or of the configuration is found by exactly one check."""

import json

import pytest

from .doctor_assertions import assert_found, assert_healthy, findings, hint_of
from .doctor_faults import (
    Row,
    closed_port,
    configure_player,
    configure_players,
    current_fault,
    database_at,
    database_below_a_file,
    database_of_another_program,
    edit_config,
    empty_database_file,
    execute,
    fault_during_sync,
    key_in_public_config,
    loop_of_links,
    name_too_long,
    now,
    overwrite_page,
    polled_hours_ago,
    public_database,
    public_key_file,
    replaced_by_folder,
    six_players_with_one_key,
    synced,
    wrong_key,
)
from .simulated_site import KEY, Site, run_cli

SITE_FAULTS: dict[str, Row] = {
    "a wrong key": (wrong_key, "key", "fail", 77, "refused the key"),
    "a mistyped player": (
        lambda s: configure_player(s, "Testerr"),
        *("players", "fail", 78, "no player Testerr"),
    ),
    "a closed port": (closed_port, "key", "fail", 69, "no connection"),
    "a wrong address": (lambda s: edit_config(s, "/API", "/APY"), "key", "fail", 69, "no such page"),
    "a web page": (current_fault("html_200"), "key", "fail", 69, "web page"),
    "a challenge": (current_fault("403"), "key", "fail", 69, "403"),
    "a server error": (current_fault("500"), "key", "fail", 69, "500"),
    "Retry-After in the answer": (current_fault("429_after_600"), "key", "fail", 75, "asked"),
    "a clock five minutes off": (current_fault("date_off:0.0834"), "clock", "warn", 0, "clock is 5 min slow"),
    "an outage during the last run": (fault_during_sync("403"), "runs", "warn", 0, "failed"),
    "more than five players with one key": (
        six_players_with_one_key,
        *("configuration", "warn", 0, "five"),
    ),
}
FILE_FAULTS: dict[str, Row] = {
    "a syntax error": (lambda s: edit_config(s, "le]", "le"), "configuration", "fail", 78, "is not TOML"),
    "a mistyped setting": (
        lambda s: edit_config(s, "every", "evry"),
        *("configuration", "fail", 78, "did you mean every?"),
    ),
    "a key in a public configuration": (key_in_public_config, "configuration", "warn", 0, "holds a key"),
    "a public key file": (public_key_file, "configuration", "warn", 0, "others can read it"),
    "no configuration": (
        lambda s: (s.folder / "config.toml").unlink(),
        *("configuration", "fail", 78, "no such file"),
    ),
    "no key file": (lambda s: (s.folder / "key").unlink(), "configuration", "fail", 78, "cannot be read"),
    "an overwritten first page": (lambda s: overwrite_page(s, 0), "database", "fail", 65, "damaged"),
    "an empty file": (empty_database_file, "database", "fail", 65, "is empty"),
    "another program's database": (
        database_of_another_program,
        *("database", "fail", 78, "another program"),
    ),
    "a folder instead of the database": (
        replaced_by_folder("syncer.db"),
        *("database", "fail", 69, "cannot be opened"),
    ),
    "a folder that cannot exist": (database_below_a_file, "folder", "fail", 69, "cannot write"),
    "a name that is too long": (name_too_long, "folder", "fail", 69, "cannot write"),
    "a loop of links": (loop_of_links, "folder", "fail", 69, "cannot write"),
    "a damaged budget": (
        lambda s: overwrite_page(s, 0, "-budget"),
        *("request budget", "warn", 0, "damaged"),
    ),
    "a folder instead of the budget": (
        replaced_by_folder("syncer.db-budget"),
        *("request budget", "fail", 69, "cannot be opened"),
    ),
    "public database files": (public_database, "permissions", "warn", 0, "others can read"),
    "PostgreSQL down": (
        database_at("postgresql://tester@/history?host=/nowhere"),
        *("database", "fail", 69, "did not answer"),
    ),
    "an invalid database URL": (database_at("postgresql://[x"), "configuration", "fail", 78, "database"),
}


@pytest.mark.parametrize("fault", SITE_FAULTS | FILE_FAULTS)
def test_a_fault_of_the_site_or_a_file_is_found(site: Site, fault: str) -> None:
    plant, *expected = (SITE_FAULTS | FILE_FAULTS)[fault]
    plant(synced(site))  # without the plant it is healthy: test_doctor_history
    assert_found(site, *expected)  # type: ignore[arg-type]


def test_a_refused_key_leaves_the_players_unchecked_and_says_why(site: Site) -> None:
    wrong_key(synced(site))
    checks = {c["name"]: c["what"] for c in run_cli(site, "doctor", "--json").document["checks"]}
    assert {checks["players"], checks["clock"]} == {"not checked: the key was refused"}
    lines = [line.split(maxsplit=2) for line in run_cli(site, "doctor").out.splitlines()]
    assert ["-", "players", "not checked: the key was refused"] in lines


@pytest.mark.parametrize(("hours", "clock", "then"), [(6, "slow", "cadence"), (-6, "fast", "future times")])
def test_a_clock_that_is_hours_off_is_named_and_the_sites_time_counts(
    site: Site, hours: int, clock: str, then: str
) -> None:
    synced(site).server.fault = f"date_off:{hours}"
    checks = {check["name"]: check for check in json.loads(run_cli(site, "doctor", "--json").out)["checks"]}
    what = f"the machine's clock is 6 h {clock}; the site's time is recorded"
    assert (checks["clock"]["status"], checks["clock"]["what"]) == ("warn", what)
    assert checks[then]["status"] != "ok"  # by the site's time the stored polls are old, or ahead


def test_offline_reports_what_the_budget_has_recorded(site: Site) -> None:
    for fault, what in (("401", f"a key was refused at {now():%Y-%m-}"), ("403", "an outage")):
        fault_during_sync(fault)(synced(site))
        assert_found(site, "request budget", "warn", 0, what, "--offline")
        assert_found(site, "runs", "warn", 0, "the last run of Tester ended as failed")
        assert_healthy(synced(site))


def test_a_failed_first_run_is_reported_before_any_player_is_stored(site: Site) -> None:
    fault_during_sync("403")(site)
    assert_found(site, "runs", "warn", 0, "the last run ended as failed: the site refused the request")


def test_every_player_is_checked_and_the_first_failure_gives_the_exit_code(site: Site) -> None:
    synced(site)
    configure_players(site, "Tester", "Testerr", "Teste")
    both = "no player Testerr; RetroAchievements knows no player Teste"
    result = assert_found(site, "players", "fail", 78, both)
    assert hint_of(result, "players").count("Correct username") == 1
    execute(site, *polled_hours_ago())
    wrong_key(site)
    result = run_cli(site, "doctor", "--json")
    assert (findings(result), result.code) == ({"key": "fail", "cadence": "fail"}, 77)


def test_a_refused_key_is_named_by_its_owner_and_other_keys_are_still_checked(site: Site) -> None:
    site.world.add_account("Moss", "m" * 32)
    configure_players(site, "Tester", "Moss", "Friend")
    edit_config(site, '"Moss"', '"Moss"\napi_username = "Moss"\napi_key_file = "other"')
    (site.folder / "other").touch(0o600)
    (site.folder / "other").write_text("not0the0key".ljust(32, "0"))
    result = run_cli(site, "doctor", "--json")
    assert (findings(result), result.code) == ({"key": "fail", "players": "fail"}, 77)
    assert "the key of Moss" in result.out
    assert [request.user for request in site.server.requests] == ["Tester", "Moss", "Friend"]


def test_each_player_needs_one_request(site: Site) -> None:
    six_players_with_one_key(site)
    requests = len(site.server.requests)
    assert run_cli(site, "doctor").code == 0
    assert len(site.server.requests) == requests + 6


@pytest.mark.parametrize("name", ["echo_200", "echo_500", "html_200", "401", "403", "500", "429_after_600"])
def test_one_failed_request_is_enough_for_all_players_and_does_not_reveal_the_key(
    site: Site, name: str
) -> None:
    six_players_with_one_key(site)
    requests = len(site.server.requests)
    site.server.fault = name
    result = run_cli(site, "-v", "doctor")
    assert len(site.server.requests) == requests + 1
    assert (result.code in (69, 75, 77), KEY in result.out + result.err) == (True, False)


def test_many_problems_are_a_list_that_has_an_end(site: Site) -> None:
    odd = "".join(f'[[players]]\nusername = "Player{n}"\ngames = [1]\nodd = 1\n' for n in range(12))
    path = site.folder / "config.toml"
    path.write_text(path.read_text().partition("[[players]]")[0] + odd)
    text = run_cli(site, "doctor", "--offline").out
    assert len([line for line in text.splitlines() if line.lstrip().startswith("- ")]) == 10
    assert "and 2 more: syncer config check" in text
    (check,) = findings(run_cli(site, "doctor", "--offline", "--json"))
    assert check
