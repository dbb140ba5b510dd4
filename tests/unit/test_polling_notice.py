"""What `config check` says about players whose games may not fit one request."""

from pathlib import Path

import pytest

from syncer.cli.support.polling_notice import polling_notice
from syncer.config import load

from .config_files import GOOD, write_config

IDLE, PLAY = "SYNCER_SCHEDULE__IDLE_EVERY", "SYNCER_SCHEDULE__PLAY_EVERY"
MANY = ",".join(map(str, range(1, 102)))
TWO_PLAYERS = f"""
[schedule]
every = "30m"
[api]
key = "{"k" * 32}"
[[players]]
username = "Max"
games = "played"
[[players]]
username = "Moe"
games = [{MANY}]
"""


@pytest.mark.parametrize(
    ("games", "more", "named"),
    [
        ("1,2", {}, False),
        (MANY.removesuffix(",101"), {}, False),
        (MANY, {}, True),
        ("1,2,3", {"SYNCER_API__BATCH_SIZE": "2"}, True),
        ("played", {}, True),
        ("1,played", {}, True),
        ("played", {IDLE: "15m"}, False),
        ("played", {"SYNCER_SCHEDULE__AT": "06:00"}, False),
        (MANY, {"SYNCER_SCHEDULE__EVERY": "1d"}, False),
    ],
)
def test_only_players_whose_games_may_not_fit_one_request_are_named(
    games: str, more: dict[str, str], named: bool, folder: Path
) -> None:
    notice = polling_notice(load(None, GOOD | {"SYNCER_PLAYERS__0__GAMES": games} | more))
    assert [line.partition(":")[0] for line in notice[:1]] == ["Max"] * named


def test_the_notice_says_what_is_gained_and_lost_and_the_line_that_polls_every_game_each_time(
    folder: Path,
) -> None:
    path = write_config(folder, TWO_PLAYERS)
    assert polling_notice(load(path, {})) == [
        "Moe: of more than 100 games, those played last are polled every 30m, and every game at least "
        "once in 1d.",
        "Max: of the played games, those played last are polled every 30m, and every game at least once in "
        "1d; while they are at most 100, once in 75 min.",
        "  Gained: far fewer requests (syncer plan counts them); during play, a poll every 5m.",
        "  Lost: a change that is not by play (a revised set, a reset, an unlock given by hand) is seen by "
        "that later poll, often sooner if it changes the account's points; its time is less exact.",
        "  To poll every game every 30m, set in [schedule]:",
        '  idle_every = "30m"',
        '  play_every = "off"',
    ]
    without = load(path, {PLAY: "off"})
    assert polling_notice(without)[2] == "  Gained: far fewer requests (syncer plan counts them)."
    assert polling_notice(load(path, {IDLE: "30m"})) == []
    assert "at most 100" not in polling_notice(load(path, {IDLE: "75m"}))[1]
