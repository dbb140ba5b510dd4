"""syncer fetch: the present progress on the site, without a history."""

import hashlib
import sqlite3
from pathlib import Path

from .fetch_checks import assert_failed, environment_only
from .simulated_site import Site, run_cli

UNPLAYED = {  # game 4: a set, nothing unlocked
    "NumPossibleAchievements": 4,
    "PossibleScore": 90,
    "NumAchieved": 0,
    "ScoreAchieved": 0,
    "NumAchievedHardcore": 0,
    "ScoreAchievedHardcore": 0,
}
NO_GAME = dict.fromkeys(UNPLAYED, 0)


def budget(folder: Path) -> list[tuple[str, str | None]]:
    with sqlite3.connect(folder / "syncer.db-budget") as connection:
        found = connection.execute("SELECT next_free_at, not_before FROM budgets").fetchall()
    connection.close()
    return found


def test_it_prints_the_documented_json_in_the_requested_order(site: Site) -> None:
    result = run_cli(site, "fetch", "tester", "4,1", "77", "1", "2,")
    assert (result.code, result.err) == (0, "")
    assert list(result.document) == ["4", "1", "77", "2"]
    assert result.document["4"] == UNPLAYED
    assert result.document["1"] == UNPLAYED | {"NumAchieved": 2, "ScoreAchieved": 15}
    assert result.document["77"] == NO_GAME  # no such game
    assert result.out.startswith('{\n  "4": {\n    "NumPossibleAchievements": 4,\n')
    (received,) = site.server.requests
    assert (received.path, received.user, received.ids) == (
        "/API/API_GetUserProgress.php",
        "tester",
        (4, 1, 77, 2),
    )
    assert run_cli(site, "fetch", "tester", "4,1", "77", "1", "2", "--json").out == result.out


def test_camel_prints_the_form_of_the_client_libraries(site: Site) -> None:
    assert run_cli(site, "fetch", "Tester", "1", "--camel").document == {
        "1": {
            "numPossibleAchievements": 4,
            "possibleScore": 90,
            "numAchieved": 2,
            "scoreAchieved": 15,
            "numAchievedHardcore": 0,
            "scoreAchievedHardcore": 0,
        }
    }


def test_a_table_is_aligned(site: Site) -> None:
    lines = run_cli(site, "fetch", "Tester", "1", "14402", "--table").out.splitlines()
    assert [line.split() for line in lines[1:]] == [
        ["1", "2", "0", "4", "15", "0", "90"],
        ["14402", "0", "0", "0", "0", "0", "0"],
    ]
    assert len({len(line) for line in lines}) == 1


def test_a_profile_is_printed_as_the_site_sends_it(site: Site) -> None:
    expected = site.world.profile(next(iter(site.world.accounts.by_ulid.values())))
    assert run_cli(site, "fetch", "--profile", "tester").document == expected
    camel = run_cli(site, "fetch", "--profile", "tester", "--camel").document
    assert (camel["user"], camel["ulid"], camel["userWallActive"]) == ("Tester", expected["ULID"], True)
    assert "MemberSince" in run_cli(site, "fetch", "--profile", "tester", "--table").out


def test_strings_of_digits_are_printed_as_numbers(site: Site) -> None:
    site.server.fault = "digit_strings"
    assert run_cli(site, "fetch", "Tester", "4").document == {"4": UNPLAYED}


def test_a_name_and_a_key_suffice_and_only_the_budget_is_written(site: Site) -> None:
    environ = environment_only(site)
    result = run_cli(site, "fetch", "Tester", "4", environ=environ)
    assert (result.code, result.document) == (0, {"4": UNPLAYED})
    folder = site.folder / "data" / "of" / "mine"
    assert [file.name for file in folder.iterdir()] == ["syncer.db-budget"]
    (before,) = budget(folder)
    assert before[0] is not None
    run_cli(site, "fetch", "Tester", "4", environ=environ)
    (after,) = budget(folder)
    assert str(after[0]) > str(before[0])  # another slot was taken


def test_an_existing_history_is_not_changed(each_site: Site) -> None:
    site, file = each_site, each_site.folder / "syncer.db"
    site.prepare_database()
    run_cli(site, "sync")
    before = run_cli(site, "history", "1", "--json").out, file.exists() and digest(file)
    site.earn(1)
    assert run_cli(site, "fetch", "Tester", "1").document["1"]["NumAchieved"] == 3
    assert (run_cli(site, "history", "1", "--json").out, file.exists() and digest(file)) == before


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_postgres_without_tables_is_refused_before_any_request(site: Site, postgres_url: str) -> None:
    result = run_cli(site, "fetch", "Tester", "1", environ={"SYNCER_DATABASE__URL": postgres_url})
    assert (result.code, result.out) == (78, "")
    assert "syncer db upgrade" in result.err
    assert site.server.requests == []


def test_a_folder_that_cannot_hold_the_budget_is_reported(site: Site) -> None:
    environ = {"SYNCER_DATABASE__URL": f"sqlite:///{site.folder / 'key' / 'syncer.db'}"}
    result = run_cli(site, "fetch", "Tester", "1", environ=environ)
    assert (result.code, result.out) == (69, "")
    assert "cannot be made" in result.err
    assert site.server.requests == []


def test_a_retry_after_holds_for_the_next_process(site: Site) -> None:
    site.server.fault = "429_after_600"
    assert_failed(run_cli(site, "fetch", "Tester", "1"), 75, "Wait that long")
    site.server.fault = None
    assert_failed(run_cli(site, "fetch", "Tester", "1"), 75)
    assert len(site.server.requests) == 1
    assert budget(site.folder)[0][1] is not None


def test_a_configured_player_is_fetched_with_their_own_key(site: Site) -> None:
    site.world.add_account("Other", "canary0canary0canary0canary0othr")
    path = site.configure()
    own = 'username = "Other"\napi_username = "Other"\napi_key_file = "other/key"\n'
    (site.folder / "other").mkdir()
    (site.folder / "other" / "key").write_text("canary0canary0canary0canary0othr")
    path.write_text(path.read_text() + f"[[players]]\n{own}games = [1]\n")
    path.write_text(path.read_text().replace("[[players]]\n", '[[players]]\nusername = "Tester"\n', 1))
    for name, z in (("Other", "z=Other"), ("Tester", "z=Tester"), ("other", "z=Other")):
        assert run_cli(site, "fetch", name, "1").code == 0
        assert z in site.server.requests[-1].query.split("&")
        assert site.server.requests[-1].key_ok


def test_long_lists_are_split_and_a_414_halves_the_batches(site: Site) -> None:
    ids = [str(n) for n in range(1, 251)]
    assert list(run_cli(site, "fetch", "Tester", ",".join(ids)).document) == ids
    assert [len(received.ids) for received in site.server.requests] == [100, 100, 50]
    site.server.fault = "414_above:60"
    assert list(run_cli(site, "fetch", "Tester", *ids[:100]).document) == ids[:100]
    assert [len(received.ids) for received in site.server.requests[3:]] == [100, 50, 50]
