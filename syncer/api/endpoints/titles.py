"""GetGame, GetGameList, GetConsoleIDs: build the question, read the answer."""

from typing import Any

from syncer.api.client import Client
from syncer.api.fields import FieldError, evidence, expect_list, flag, icon, identity, rows, text
from syncer.core.errors import BatchError
from syncer.core.model.library import ConsoleInfo, GameInfo, GameList
from syncer.core.model.progress import MAX_NUMBER, GameId


def get_game(client: Client, game_id: GameId) -> GameInfo | None:
    """site-api.md 5.4. Null: the site knows no such game, or it was deleted.

    The answer does not repeat the id. Raises BatchError for what is no game, ValueError for an id that is
    no positive number, any other ApiError.
    """
    heard = client.ask("API_GetGame.php", {"i": _id(game_id)})
    if heard.value == [] or heard.value == {}:
        return None
    try:
        return GameInfo(game_id, *_names(heard.value))
    except FieldError as odd:
        raise BatchError(f"game {game_id} cannot be read: {odd}", raw=evidence(heard.value)) from None


def get_game_list(client: Client, console_id: int, *, with_achievements: bool = True) -> GameList:
    """All games of a console in one answer (site-api.md 5.6); an unknown console has none.

    `with_achievements`: only those that have any now; without it also hubs' and demoted sets' games, and
    perhaps deleted ones. Raises BatchError for what is no list, ValueError for an id that is no positive
    number, any other ApiError.
    """
    params = {"i": _id(console_id)} | ({"f": "1"} if with_achievements else {})
    heard = client.ask("API_GetGameList.php", params)
    games, unreadable = rows(expect_list(heard.value, "games"), read_listed)
    return GameList(games, unreadable, heard.at)


def get_console_ids(client: Client) -> tuple[ConsoleInfo, ...]:
    """All consoles, idle ones too (site-api.md 5.7).

    Raises BatchError for what is no list or where one of them cannot be read, any other ApiError.
    """
    heard = client.ask("API_GetConsoleIDs.php", {})
    consoles, unreadable = rows(expect_list(heard.value, "consoles"), read_console)
    if unreadable:
        raise BatchError(f"a console cannot be read: {unreadable[0].message}", raw=unreadable[0].raw)
    return consoles


def read_listed(entry: Any) -> GameInfo:
    """Raises Odd."""
    return GameInfo(identity(entry, "ID"), *_names(entry))


def read_console(entry: Any) -> ConsoleInfo:
    """Raises Odd."""
    name, active = text(entry, "Name"), flag(entry, "Active")
    return ConsoleInfo(identity(entry, "ID"), name, active, flag(entry, "IsGameSystem"))


def _names(entry: Any) -> tuple[str, int, str, str]:
    console = identity(entry, "ConsoleID"), text(entry, "ConsoleName")
    return text(entry, "Title"), *console, icon(entry, "ImageIcon")


def _id(number: int) -> str:
    if type(number) is not int or not 0 < number <= MAX_NUMBER:
        raise ValueError("ids are positive whole numbers")
    return str(number)
