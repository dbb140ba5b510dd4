"""A value of the wrong kind is a problem in plain words, whatever the setting."""

from pathlib import Path

import pytest

from syncer.config import load
from syncer.config.schema import SECTIONS
from syncer.core.errors import ConfigError

from .config_files import GOOD, problems_of, write_config

OWNER = {name: value for name, value in GOOD.items() if "API" in name}
ODD_VALUES = (
    "5",
    "-1",
    "true",
    "1.5",
    "inf",
    "nan",
    "9" * 25,
    '"x"',
    "[]",
    "[1]",
    "{}",
    "2020-01-01",
    '"\\u0000"',
)
WORDS_OF_LIBRARIES = ("Input", "should be", "alid ", "parse", "Value error", "sys.")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[api]\nburst = "x"', "[api] burst: is not a whole number"),
        ("[api]\nburst = 1.5", "[api] burst: is not a whole number"),
        ("[api]\nburst = [1]", "[api] burst: is not a whole number"),
        ("[api]\nbatch_size = 0", "[api] batch_size: must be at least 1"),
        ("[api]\nbatch_size = 501", "[api] batch_size: must be at most 500"),
        ('[api]\nrequests_per_minute = "x"', "[api] requests_per_minute: is not a number"),
        ("[api]\nrequests_per_minute = 1", "[api] requests_per_minute: must be more than 1"),
        ("[api]\nrequests_per_minute = inf", "[api] requests_per_minute: is not a finite number"),
        ("[web]\nport = 65536", "[web] port: must be at most 65535"),
        (f"[web]\nport = {'9' * 25}", "[web] port: must be at most 65535"),
        ('[web]\nenabled = "maybe"', "[web] enabled: is neither true nor false"),
        ("[api]\nkey_file = 5", "[api] key_file: is not a text in quotes"),
        ("web = 5", "web: is not a section of settings"),
        ('[health]\nping_url_file = "\\u0000"', "[health] ping_url_file: holds a NUL character"),
    ],
)
def test_a_wrong_kind_of_value_is_described_in_plain_words(folder: Path, text: str, expected: str) -> None:
    assert f"{folder / 'config.toml'}: {expected}" in problems_of(folder, f"{text}\n", GOOD)


def test_players_that_are_no_blocks_are_described_in_plain_words(folder: Path) -> None:
    assert (
        "players: is not a list; write each of them as [[players]]"
        in problems_of(folder, "players = 5\n", OWNER)[0]
    )
    assert "[[players]] number 2: is not a section of settings" in "\n".join(
        problems_of(folder, 'players = [{ username = "Max", games = [1] }, 5]\n', OWNER)
    )


def test_a_number_of_thousands_of_digits_is_no_game_id() -> None:
    with pytest.raises(ConfigError) as found:
        load(None, GOOD | {"SYNCER_PLAYERS__0__GAMES": "9" * 5000})
    assert found.value.problems[0].endswith("is not a game id (a positive number), nor played")


@pytest.mark.parametrize("section", SECTIONS)
def test_no_problem_has_the_words_of_a_library(folder: Path, section: str) -> None:
    found: list[str] = []
    for name in SECTIONS[section].model_fields:
        header = "[[players]]" if section == "players" else f"[{section}]"
        for value in ODD_VALUES:
            try:
                load(write_config(folder, f"{header}\n{name} = {value}\n"), OWNER)
            except ConfigError as error:
                found += error.problems
    assert found
    assert [problem for problem in found if any(words in problem for words in WORDS_OF_LIBRARIES)] == []
