"""Players, their games, and the key that their requests use."""

from pathlib import Path

import pytest

from syncer.config import Secret, load
from syncer.core.errors import ConfigError

from .config_files import CANARY, write_config

TWO_KEYS = """
[[players]]
username = "Max"
games = [1]
api_key = "canary0secret1"
[[players]]
ulid = "00003EMFWR7XB8SDPEHB3K56ZQ"
games = [1]
api_key = "canary0secret2"
"""
API = '[api]\nusername = "Owner"\nkey = "canary0secret3"\n'


@pytest.mark.parametrize(
    ("games", "summary"),
    [
        (["[1, 2]"], "1 player, 2 games"),
        (['"played"'], "1 player, all played games"),  # not "0 games"
        (['["played", 7]'], "1 player, 1 game and all played games"),
        (['"played"', "[1, 2]"], "2 players, 2 games and all played games of 1"),
        (['"played"', '"played"'], "2 players, all played games"),
    ],
)
def test_the_summary_counts_players_and_games(folder: Path, games: list[str], summary: str) -> None:
    text = "".join(f'[[players]]\nusername="P{n}"\ngames={ids}\n' for n, ids in enumerate(games))
    assert load(write_config(folder, f'[api]\nkey="k"\n{text}'), {}).summary == summary


def test_a_name_and_a_key_are_enough_for_all_played_games(folder: Path) -> None:
    environ = {"SYNCER_API__USERNAME": "Max", "SYNCER_API__KEY": CANARY}
    config = load(None, environ)
    assert (config.owner.api_username, config.owner.key) == ("Max", Secret(CANARY))
    assert [(p.username, p.games, p.played) for p in config.players] == [("Max", (), True)]
    for name in environ:  # both are needed
        with pytest.raises(ConfigError):
            load(None, {k: v for k, v in environ.items() if k != name})


@pytest.mark.parametrize(
    ("games", "ids", "played"),
    [('"played"', (), True), ('["played", 14402]', (14402,), True), ("[1, 2]", (1, 2), False)],
)
def test_played_can_be_combined_with_ids(
    folder: Path, games: str, ids: tuple[int, ...], played: bool
) -> None:
    path = write_config(folder, f'[api]\nkey = "k"\n[[players]]\nusername = "Max"\ngames = {games}\n')
    (player,) = load(path, {}).players
    assert (player.games, player.played) == (ids, played)


def test_a_listed_player_needs_games(folder: Path) -> None:
    path = write_config(folder, f'[api]\nkey = "{CANARY}"\n[[players]]\nusername = "Max"\n')
    with pytest.raises(ConfigError) as found:
        load(path, {})
    (problem,) = found.value.problems
    assert problem.startswith("[[players]] number 1 (Max): games is missing")


@pytest.mark.parametrize(
    ("text", "name", "key"),
    [
        (API + TWO_KEYS, "max", "canary0secret1"),  # each player's requests with their own
        (API + TWO_KEYS, "00003emfwr7xb8sdpehb3k56zq", "canary0secret2"),
        (API + TWO_KEYS, "Unknown", "canary0secret3"),
        (TWO_KEYS, "Unknown", "canary0secret1"),  # [api] has no key
    ],
)
def test_requests_about_a_player_use_their_own_key_or_the_owners(
    folder: Path, text: str, name: str, key: str
) -> None:
    assert load(write_config(folder, text), {}).entry_for(name).key == Secret(key)


def test_twelve_players_from_the_environment_keep_their_order(folder: Path) -> None:
    environ = {f"SYNCER_PLAYERS__{n}__USERNAME": f"P{n}" for n in range(12)}
    environ |= {f"SYNCER_PLAYERS__{n}__GAMES": "1" for n in range(12)}
    config = load(None, environ | {"SYNCER_API__USERNAME": "P0", "SYNCER_API__KEY": "k" * 32})
    assert [player.username for player in config.players] == [f"P{n}" for n in range(12)]
