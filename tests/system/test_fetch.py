"""syncer fetch: what the site reads now, without a history."""

import hashlib
import sqlite3
from pathlib import Path

import pytest

from .simulated_site import KEY, CliResult, Site, run_cli

UNPLAYED = {  # game 4: a set, nothing unlocked
    "NumPossibleAchievements": 4,
    "PossibleScore": 90,
    "NumAchieved": 0,
    "ScoreAchieved": 0,
    "NumAchievedHardcore": 0,
    "ScoreAchievedHardcore": 0,
}
NO_GAME = dict.fromkeys(UNPLAYED, 0)


def alone(site: Site) -> dict[str, str]:
    """The environment of somebody without any file, who has a name and a key."""
    (site.folder / "config.toml").write_text("")
    return {
        "SYNCER_API__USERNAME": "Tester",
        "SYNCER_API__KEY": KEY,
        "SYNCER_API__BASE_URL": site.server.base_url,
        "SYNCER_DATABASE__URL": f"sqlite:///{site.folder / 'data' / 'of' / 'mine' / 'syncer.db'}",
    }


def budget(folder: Path) -> list[tuple[str, str | None]]:
    with sqlite3.connect(folder / "syncer.db-budget") as connection:
        found = connection.execute("SELECT next_free_at, not_before FROM budgets").fetchall()
    connection.close()
    return found


def failed(said: CliResult, code: int, *words: str) -> None:
    """Nothing on stdout; what happened, what is still fine, and what to type next."""
    assert (said.code, said.out) == (code, ""), said.out + said.err
    for word in (*words, "syncer: ", "Nothing was stored or changed. ", "try: syncer fetch "):
        assert word in said.err
    assert "Traceback" not in said.err


# -- what it prints --------------------------------------------------------------------------------------


def test_it_prints_the_documented_json_in_the_order_asked(site: Site) -> None:
    said = run_cli(site, "fetch", "tester", "4,1", "77", "1", "2,")
    assert (said.code, said.err) == (0, "")
    assert list(said.document) == ["4", "1", "77", "2"]
    assert said.document["4"] == UNPLAYED
    assert said.document["1"] == UNPLAYED | {"NumAchieved": 2, "ScoreAchieved": 15}
    assert said.document["77"] == NO_GAME  # no such game
    assert said.out.startswith('{\n  "4": {\n    "NumPossibleAchievements": 4,\n')
    (asked,) = site.server.requests
    assert (asked.path, asked.user, asked.ids) == ("/API/API_GetUserProgress.php", "tester", (4, 1, 77, 2))
    assert run_cli(site, "fetch", "tester", "4,1", "77", "1", "2", "--json").out == said.out


def test_camel_is_the_client_libraries_form(site: Site) -> None:
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


def test_a_profile_is_shown_as_the_site_sends_it(site: Site) -> None:
    truth = site.world.profile(next(iter(site.world.accounts.by_ulid.values())))
    assert run_cli(site, "fetch", "--profile", "tester").document == truth
    camel = run_cli(site, "fetch", "--profile", "tester", "--camel").document
    assert (camel["user"], camel["ulid"], camel["userWallActive"]) == ("Tester", truth["ULID"], True)
    assert "MemberSince" in run_cli(site, "fetch", "--profile", "tester", "--table").out


def test_strings_of_digits_are_printed_as_numbers(site: Site) -> None:
    site.server.fault = "digit_strings"
    assert run_cli(site, "fetch", "Tester", "4").document == {"4": UNPLAYED}


# -- what it leaves behind -------------------------------------------------------------------------------


def test_a_name_and_a_key_suffice_and_only_the_budget_is_written(site: Site) -> None:
    environ = alone(site)
    said = run_cli(site, "fetch", "Tester", "4", environ=environ)
    assert (said.code, said.document) == (0, {"4": UNPLAYED})
    folder = site.folder / "data" / "of" / "mine"
    assert [file.name for file in folder.iterdir()] == ["syncer.db-budget"]
    (before,) = budget(folder)
    assert before[0] is not None
    run_cli(site, "fetch", "Tester", "4", environ=environ)
    (after,) = budget(folder)
    assert str(after[0]) > str(before[0])  # another slot was taken


def test_a_history_that_is_there_stays_as_it_is(each_site: Site) -> None:
    site, file = each_site, each_site.folder / "syncer.db"
    run_cli(site, "db", "upgrade")
    run_cli(site, "sync")
    before = run_cli(site, "history", "1", "--json").out, file.exists() and digest(file)
    site.earn(1)
    assert run_cli(site, "fetch", "Tester", "1").document["1"]["NumAchieved"] == 3
    assert (run_cli(site, "history", "1", "--json").out, file.exists() and digest(file)) == before


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_postgres_without_our_tables_has_no_budget_yet(site: Site, postgres_url: str) -> None:
    said = run_cli(site, "fetch", "Tester", "1", environ={"SYNCER_DATABASE__URL": postgres_url})
    assert (said.code, said.out) == (78, "")
    assert "syncer db upgrade" in said.err
    assert site.server.requests == []


def test_a_place_where_no_budget_can_be_kept_is_a_sentence(site: Site) -> None:
    environ = {"SYNCER_DATABASE__URL": f"sqlite:///{site.folder / 'key' / 'syncer.db'}"}
    said = run_cli(site, "fetch", "Tester", "1", environ=environ)
    assert (said.code, said.out) == (69, "")
    assert "cannot be made" in said.err
    assert site.server.requests == []


def test_a_wish_to_wait_is_shared_with_the_next_process(site: Site) -> None:
    site.server.fault = "429_after_600"
    failed(run_cli(site, "fetch", "Tester", "1"), 75, "Wait that long")
    site.server.fault = None
    failed(run_cli(site, "fetch", "Tester", "1"), 75)
    assert len(site.server.requests) == 1
    assert budget(site.folder)[0][1] is not None


# -- whose key, how many requests ------------------------------------------------------------------------


def test_a_player_is_asked_with_their_own_key_and_a_stranger_with_that_of_the_api_section(site: Site) -> None:
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


def test_more_ids_than_one_request_holds_are_split_and_a_414_halves_them(site: Site) -> None:
    ids = [str(n) for n in range(1, 251)]
    assert list(run_cli(site, "fetch", "Tester", ",".join(ids)).document) == ids
    assert [len(asked.ids) for asked in site.server.requests] == [100, 100, 50]
    site.server.fault = "414_above:60"
    assert list(run_cli(site, "fetch", "Tester", *ids[:100]).document) == ids[:100]
    assert [len(asked.ids) for asked in site.server.requests[3:]] == [100, 50, 50]


# -- what goes wrong -------------------------------------------------------------------------------------


def test_a_wrong_key_is_refused_and_a_person_may_try_again_at_once(site: Site) -> None:
    (site.folder / "key").write_text("x" * 32)
    failed(run_cli(site, "fetch", "Tester", "1"), 77, "refused the key", "Put the current key")
    failed(run_cli(site, "fetch", "Tester", "1", "2"), 77, "try: syncer fetch Tester 1 2")
    assert len(site.server.requests) == 2


@pytest.mark.parametrize("arguments", [("1",), ("--profile",)])
def test_an_unknown_player_is_named(site: Site, arguments: tuple[str, ...]) -> None:
    failed(
        run_cli(site, "fetch", "Nobody", *arguments), 69, "knows no player Nobody", "how the name is spelt"
    )


def test_an_id_that_the_answer_leaves_out_is_named(site: Site) -> None:
    site.server.fault = "missing_id"
    said = run_cli(site, "fetch", "Tester", "1", "2", "3")
    missing = [game for game in ("1", "2", "3") if game not in said.document]
    assert missing
    assert (said.code, len(said.document) + len(missing)) == (3, 3)
    assert f"leaves out {', '.join(missing)}\n" in said.err
    assert f"try: syncer fetch Tester {' '.join(missing)}\n" in said.err


@pytest.mark.parametrize(
    ("weather", "code", "words"),
    [
        ("503", 69, "the site answered 503"),
        ("500", 69, "the site answered 500"),
        ("hang", 69, "within 0.6 s"),
        ("html_200", 69, "a web page"),
        ("empty_list", 69, "an empty answer"),  # though the player is known
        ("nulls", 69, "unreadable: 1"),
        ("422", 78, "cannot work with this question"),
        ("429", 75, "until 20"),
    ],
)
def test_what_the_site_does_is_a_sentence_with_a_way_back(
    site: Site, weather: str, code: int, words: str
) -> None:
    site.server.choose_fault(lambda asked: weather if "Progress" in asked.path else None)
    failed(run_cli(site, "fetch", "Tester", "1"), code, words)


def test_a_profile_that_is_none_is_a_sentence(site: Site) -> None:
    site.server.fault = "string"
    failed(run_cli(site, "fetch", "--profile", "Tester"), 69, "no name")


def test_nobody_types_a_hundred_ids_again(site: Site) -> None:
    site.server.fault = "503"
    assert "try: the same command" in run_cli(site, "fetch", "Tester", *map(str, range(1, 101))).err


def test_a_closed_port_is_a_sentence(site: Site) -> None:
    site.server.close()
    failed(run_cli(site, "fetch", "Tester", "1"), 69, "no connection", "Check the network, then")


def test_without_a_key_every_problem_is_told(site: Site) -> None:
    environ = {name: value for name, value in alone(site).items() if name != "SYNCER_API__KEY"}
    said = run_cli(site, "fetch", "Tester", "1", environ=environ)
    assert (said.code, said.out) == (78, "")
    assert "no key" in said.err
    assert "games" not in said.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("Tester",),  # no id
        ("Tester", ","),
        ("Tester", "0"),
        ("Tester", "one"),
        ("Tester", "1.5"),
        ("Tester", "--", "-1"),
        ("Tester", "-1"),
        ("Tester", "2147483648"),  # no database of theirs or ours has room for it
        ("Tester", "9" * 5000),
        ("Tester", "١"),  # a digit, but not one of ours
        ("1", "2", "3"),  # the name was forgotten
        ("Max Milyin", "1"),
        ("Tester", "1", "--profile"),
        ("Tester", "1", "--xml"),
    ],
)
def test_a_wrong_word_is_a_usage_error_and_asks_nothing(site: Site, arguments: tuple[str, ...]) -> None:
    said = run_cli(site, "fetch", *arguments)
    assert (said.code, said.out) == (2, "")
    assert site.server.requests == []
