"""GetGame, GetGameList, GetConsoleIDs (site-api.md 5.4, 5.6, 5.7): titles and names."""

from typing import Any

from syncer.api.client import Client
from syncer.api.excerpt import evidence
from syncer.api.fields import FieldError, expect_list, flag, icon, identity, rows, text
from syncer.core.errors import BatchError
from syncer.core.model.library import ConsoleInfo, GameInfo, GameList
from syncer.core.model.progress import MAX_NUMBER, GameId


def get_game(client: Client, game_id: GameId) -> GameInfo | None:
    """Return title and console of a game; None where there is no such game, or it was deleted.

    Raises BatchError for an answer that is no game, ValueError for an id that is no positive number.
    """
    answer = client.get_json("API_GetGame.php", {"i": _id(game_id)})
    if answer.value == [] or answer.value == {}:
        return None
    try:
        return GameInfo(game_id, *_names(answer.value))  # the answer does not repeat the id
    except FieldError as error:
        raise BatchError(f"game {game_id} cannot be parsed: {error}", raw=evidence(answer.value)) from None


def get_game_list(client: Client, console_id: int, *, with_achievements: bool = True) -> GameList:
    """Return all games of a console in one answer; an unknown console has none.

    `with_achievements`: only those that have any now; without it also hubs, games of demoted sets, and
    perhaps deleted ones. Raises ValueError for an id that is no positive number.
    """
    params = {"i": _id(console_id)} | ({"f": "1"} if with_achievements else {})
    answer = client.get_json("API_GetGameList.php", params)
    games, unparsable = rows(expect_list(answer.value, "games"), parse_listed_game)
    return GameList(games, unparsable, answer.at)


def get_console_ids(client: Client) -> tuple[ConsoleInfo, ...]:
    """Return all consoles, inactive ones and those that are no game systems included.

    Raises BatchError where one of them cannot be parsed.
    """
    answer = client.get_json("API_GetConsoleIDs.php", {})
    consoles, unparsable = rows(expect_list(answer.value, "consoles"), parse_console)
    if unparsable:
        raise BatchError(f"a console cannot be parsed: {unparsable[0].message}", raw=unparsable[0].raw)
    return consoles


def parse_listed_game(entry: Any) -> GameInfo:
    return GameInfo(identity(entry, "ID"), *_names(entry))


def parse_console(entry: Any) -> ConsoleInfo:
    name, active = text(entry, "Name"), flag(entry, "Active")
    return ConsoleInfo(identity(entry, "ID"), name, active, flag(entry, "IsGameSystem"))


def _names(entry: Any) -> tuple[str, int, str, str]:
    console = identity(entry, "ConsoleID"), text(entry, "ConsoleName")
    return text(entry, "Title"), *console, icon(entry, "ImageIcon")


def _id(number: int) -> str:
    if type(number) is not int or not 0 < number <= MAX_NUMBER:
        raise ValueError("ids are positive whole numbers")
    return str(number)
