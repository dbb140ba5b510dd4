"""GetGame, GetGameList, GetConsoleIDs (site-api.md 5.4, 5.6, 5.7): what things are called."""

import hashlib
from datetime import datetime

from syncer.demo.models import EPOCH, Game
from syncer.demo.request import ApiRequest, loose
from syncer.demo.response import ApiReply, as_json
from syncer.demo.world import World

NO_PICTURE = "/Images/000002.png"


def get_game(world: World, question: ApiRequest, now: datetime) -> ApiReply:
    """Without an id in the answer, and without any error for what is no game."""
    game = world.games.get(loose(question, "i"))
    if game is None or game.deleted:
        return as_json(200, [])
    facts = {
        "Title": game.title,
        "GameTitle": game.title,
        "ConsoleID": world.console_of(game).id,
        "ConsoleName": game.console,
        "Console": game.console,
        "ForumTopicID": None,
        "Flags": 0,
        "GameIcon": game.icon,
        "ImageIcon": game.icon,
        "ImageTitle": NO_PICTURE,
        "ImageIngame": NO_PICTURE,
        "ImageBoxArt": NO_PICTURE,
        "Publisher": None,
        "Developer": None,
        "Genre": None,
        "Released": "1991-01-01",
        "ReleasedAtGranularity": "year",
    }
    return as_json(200, facts)


def get_game_list(world: World, question: ApiRequest, now: datetime) -> ApiReply:
    """By title, `~` last. Games that were deleted are still there: the script reads the bare table."""
    console = loose(question, "i")
    if console <= 0:
        return as_json(200, {"success": False})
    only_with_sets, with_hashes = loose(question, "f") == 1, loose(question, "h") == 1
    mine = [game for game in world.games.values() if world.console_of(game).id == console]
    wanted = [game for game in mine if game.promoted() or not only_with_sets]
    wanted.sort(key=lambda game: (game.title.startswith("~"), game.title.casefold(), game.id))
    first, count = max(0, loose(question, "o")), loose(question, "c")
    page = wanted[first : first + count] if count > 0 else wanted[first:]
    return as_json(200, [listed(world, game, with_hashes) for game in page])


def listed(world: World, game: Game, with_hashes: bool) -> dict[str, object]:
    row: dict[str, object] = {
        "Title": game.title,
        "ID": game.id,
        "ConsoleID": world.console_of(game).id,
        "ConsoleName": game.console,
        "ImageIcon": game.icon,
        "NumAchievements": len(game.promoted()),
        "NumLeaderboards": 0,
        "Points": sum(a.points for a in game.promoted()),
        "DateModified": f"{EPOCH:%Y-%m-%d %H:%M:%S}" if game.achievements else None,
        "ForumTopicID": None,
    }
    if with_hashes:
        row["Hashes"] = [hashlib.md5(str(game.id).encode(), usedforsecurity=False).hexdigest()]
    return row


def get_console_ids(world: World, question: ApiRequest, now: datetime) -> ApiReply:
    only_active, only_systems = loose(question, "a") == 1, loose(question, "g") == 1
    found = [
        {
            "ID": console.id,
            "Name": console.name,
            "IconURL": f"https://static.retroachievements.org/assets/images/system/{console.id}.png",
            "Active": console.active,
            "IsGameSystem": console.is_game_system,
        }
        for console in world.consoles.values()
        if (console.active or not only_active) and (console.is_game_system or not only_systems)
    ]
    return as_json(200, found)
