"""A wrong configuration raises one error with every problem, and no problem contains a secret."""

from pathlib import Path

import pytest

from .config_files import CANARY, GOOD, problems_of


def test_every_problem_is_reported_together(folder: Path) -> None:
    text = """
[api]
usernme = "x"
timeout = "3x"
burst = 40
[schedule]
timezone = "Mars/Base"
at = ["25:00"]
[[players]]
games = [1, "two", true]
[page]
enabled = true
"""
    found = "\n".join(
        problems_of(folder, text, {"SYNCER_API__KEYY": CANARY, "SYNCER_API__KEY": f"{CANARY} x"})
    )
    for expected in (
        "[api] usernme: is not a setting; did you mean username?",
        "'3x' is not a duration",
        "'Mars/Base' is not a time zone",
        "'25:00' is not a time",
        "'two' is not a game id",
        "page: is not a setting",
        "$SYNCER_API__KEYY: keyy is not a setting; did you mean key?",
        "$SYNCER_API__KEY: is not a key",
    ):
        assert expected in found


@pytest.mark.parametrize(
    ("text", "environ", "expected"),
    [
        ("", {}, "no key"),  # nothing at all
        ('[api]\nkey="k"\n[[players]]\nusername="Max"\n', {}, "games is missing"),
        ("[api\n", {}, "is not TOML"),
        ('[api]\nbase_url="http://example.org"\n', {}, "https://"),
        ('[api]\nbase_url="https://u@example.org"\n', {}, "without user name"),
        ("[api]\nrequests_per_minute=100\n", GOOD, "banned"),
        ("[api]\nburst=30\n", GOOD, "burst"),
        ('[api]\ntimeout="9m"\n', GOOD, "timeout"),
        ("[api]\nbatch_size=0\n", GOOD, "batch_size"),
        ('[database]\nurl="sqlite://"\n', GOOD, "permanent"),  # a database in memory would be lost
        ('[database]\nurl="mysql://x"\n', GOOD, "permanent"),
        ('[database]\nurl="sqlite:////"\n', GOOD, "permanent"),
        ('[schedule]\nevery="5m"\nat=["06:00"]\n', GOOD, "keep one"),
        ('[schedule]\nevery="0s"\n', GOOD, "less than a second"),
        ("[schedule]\nat=7\n", GOOD, "list of times"),
        ('[log]\nlevel="loud"\n', GOOD, "debug, info"),
        ('[[players]]\nusername="x y"\ngames=[1]\n', {}, "a username"),
        ('[[players]]\nulid="short"\ngames=[1]\n', {}, "a ULID"),
        ("", GOOD | {"SYNCER_PLAYERS__5__GAMES": "1"}, "numbered"),
        ("", GOOD | {"SYNCER_API__KEY_FILE": "/nowhere"}, "set as well"),
        ("", GOOD | {"SYNCER_API__BURST__X": "1"}, "BURST__X"),
        ('[api]\nkey="k"\nkey_file="f"\n', {}, "both set"),
        ('[api]\nkey_file="f"\n', {}, "cannot be read"),
        ('[api]\nbase_url="http://127.0.0.1:abc/API"\n', GOOD, "port"),
        ('[api]\nbase_url="https://example.org:99999/API"\n', GOOD, "port"),
        ('[api]\nproxy="socks5://x:1"\n', GOOD, "proxy"),
        ('[api]\nproxy="http://[::1"\n', GOOD, "proxy"),
        ('[api]\nca_file="/nowhere"\n', GOOD, "certificates"),
        ("[api]\nrequests_per_minute=inf\n", GOOD, "requests_per_minute"),
        ("[api]\nbatch_size=true\n", GOOD, "not a number"),
        ('[database]\nurl="postgresql://u@h:abc/db"\n', GOOD, "port"),
        ('[schedule]\ngap_after="999999d"\n', GOOD, "ten years"),
        ("", GOOD | {"SYNCER_API__USERNAME__X__Y": "1"}, "not a setting"),
    ],
)
def test_a_wrong_setting_is_a_problem(
    folder: Path, text: str, environ: dict[str, str], expected: str
) -> None:
    assert expected in "\n".join(problems_of(folder, text, environ))


def test_a_wrong_value_is_not_also_reported_as_missing(folder: Path) -> None:
    found = problems_of(folder, '[api]\nburst = "x"\n[[players]]\nusername = "Max"\ngames = ["two"]\n')
    assert ["burst" in found[0], "'two'" in found[1], "no key" in found[2]] == [True] * 3
    assert len(found) == 3
    assert "at least one" in problems_of(folder, '[api]\nkey="k"\nusername="Max"\n[[players]]\ngames=[]\n')[0]
    assert "players" in problems_of(folder, 'players = "Max"\n')[0]


def test_a_player_listed_twice_is_a_problem(folder: Path) -> None:
    text = '[api]\nkey="k"\n[[players]]\nusername="Max"\ngames=[1]\n[[players]]\nusername="MAX"\ngames=[1]\n'
    assert "max is listed twice" in problems_of(folder, text)[0]
    text = '[api]\nkey="k"\n[[players]]\ngames=[1]\n[[players]]\nusername="Moe"\ngames=[1]\n'
    assert "username is missing" in problems_of(folder, text)[0]


INVALID_URLS = ("ping.example/canary0secret", "ftp://canary0secret", "https://", "https://a b/canary0secret")


@pytest.mark.parametrize("url", INVALID_URLS)
def test_an_invalid_ping_url_is_a_problem_that_does_not_repeat_it(folder: Path, url: str) -> None:
    (problem,) = problems_of(folder, f'[health]\nping_url = "{url}"\n', GOOD)
    assert "[health] ping_url: is not an address that can be requested" in problem


def test_every_wrong_entry_of_a_list_is_named(folder: Path) -> None:
    owner = {name: value for name, value in GOOD.items() if "API" in name}
    (found,) = problems_of(folder, "[[players]]\ngames=[14402, -3, 0, 'x']\n", owner)
    assert all(words in found for words in (": -3 is not", "; 0 is not", "; 'x' is not"))
    assert "14402" not in found
    (found,) = problems_of(folder, '[schedule]\nat=["6:00", "18:30", "25:00"]\n', GOOD)
    assert "'6:00' is not a time (like 06:00); '25:00' is not a time" in found


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[api]\nusername = "Max"\nkey\n', "at line 3, column 4: expected '=' after a key"),
        ("[api]\nusername = Max", "at line 2, column 12: invalid value (a text needs quotes)"),
        ("games = [1, 2", "at end of document: unclosed array"),
        (f"[api]\n{CANARY} = 1\n{CANARY} = 2\n", "at line 3"),
        (f"x = {{{CANARY} = 1, {CANARY} = 2}}", "at line 1"),
        (f"[{CANARY}.{CANARY}]\n[{CANARY}.{CANARY}]", "at line 2"),
        (f'x = "{CANARY}', "at "),
    ],
)
def test_a_syntax_error_has_its_reason_and_quotes_no_secret(folder: Path, text: str, reason: str) -> None:
    (found,) = problems_of(folder, text)
    assert f"is not TOML {reason}" in found
