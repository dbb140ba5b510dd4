"""GetGame, GetGameList, GetConsoleIDs (site-api.md 5.4, 5.6, 5.7): titles and names."""

from typing import Any

from syncer.api.client import Client
from syncer.api.excerpt import evidence
from syncer.api.fields import (
    decoration,
    expect_list,
    flag,
    icon,
    identity,
    identity_or_none,
    number_or_none,
    rows,
    text_or_empty,
)
from syncer.core.errors import BatchError
from syncer.core.model.library import EVENT_CONSOLES, ConsoleInfo, ConsoleList, GameInfo, GameList
from syncer.core.model.progress import MAX_NUMBER, GameId


def get_game(client: Client, game_id: GameId) -> GameInfo | None:
    """Return title and console of a game; None where there is no such game, or it was deleted.

    Raises BatchError for an answer that is no game, ValueError for an id that is no positive number.
    """
    answer = client.get_json("API_GetGame.php", {"i": _id(game_id)})
    if answer.value == [] or answer.value == {}:
        return None
    info = GameInfo(game_id, *_names(answer.value))  # the answer does not repeat the id
    if not (info.title or info.console_id or info.console_name):
        raise BatchError(f"game {game_id} cannot be parsed: no title, no console", raw=evidence(answer.value))
    return info


def get_game_list(client: Client, console_id: int, *, with_achievements: bool = True) -> GameList:
    """Return all games of a console in one answer; an unknown console has none.

    `with_achievements`: only those that have any now; without it also hubs, games of demoted sets, and
    perhaps deleted ones. Raises ValueError for an id that is no positive number.
    """
    params = {"i": _id(console_id)} | ({"f": "1"} if with_achievements else {})
    answer = client.get_json("API_GetGameList.php", params)
    games, unparsable = rows(expect_list(answer.value, "games"), parse_listed_game)
    return GameList(games, unparsable, answer.at)


def get_console_ids(client: Client) -> ConsoleList:
    """Return all consoles, inactive ones and those that are no game systems included."""
    answer = client.get_json("API_GetConsoleIDs.php", {})
    return ConsoleList(*rows(expect_list(answer.value, "consoles"), parse_console))


def parse_listed_game(entry: Any) -> GameInfo:
    possible = number_or_none(entry, "NumAchievements"), number_or_none(entry, "Points")
    return GameInfo(identity(entry, "ID"), *_names(entry), *possible)


def parse_console(entry: Any) -> ConsoleInfo:
    console_id, name = identity(entry, "ID"), text_or_empty(entry, "Name")
    plays = console_id not in EVENT_CONSOLES  # where the flag cannot be read
    return ConsoleInfo(
        console_id,
        name,
        active=decoration(flag, entry, "Active", True),
        is_game_system=decoration(flag, entry, "IsGameSystem", plays),
    )


def _names(entry: Any) -> tuple[str, int | None, str, str]:
    console = identity_or_none(entry, "ConsoleID"), text_or_empty(entry, "ConsoleName")
    return text_or_empty(entry, "Title"), *console, icon(entry, "ImageIcon")


def _id(number: int) -> str:
    if type(number) is not int or not 0 < number <= MAX_NUMBER:
        raise ValueError("ids are positive whole numbers")
    return str(number)
