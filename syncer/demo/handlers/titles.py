"""GetGame, GetGameList, GetConsoleIDs (site-api.md 5.4, 5.6, 5.7): titles and names."""

import hashlib
from datetime import datetime

from syncer.demo.models import EPOCH, Game
from syncer.demo.request import ApiRequest, cast_integer
from syncer.demo.response import ApiReply, as_json
from syncer.demo.world import World

PLACEHOLDER = "/Images/000002.png"


def get_game(world: World, request: ApiRequest, now: datetime) -> ApiReply:
    """Return a game without its id; `[]`, not an error, where there is none."""
    game = world.catalogue.games.get(cast_integer(request, "i"))
    if game is None or game.deleted:
        return as_json(200, [])
    entry = {
        "Title": game.title,
        "GameTitle": game.title,
        "ConsoleID": world.catalogue.console_of(game).id,
        "ConsoleName": game.console,
        "Console": game.console,
        "ForumTopicID": None,
        "Flags": 0,
        "GameIcon": game.icon,
        "ImageIcon": game.icon,
        "ImageTitle": PLACEHOLDER,
        "ImageIngame": PLACEHOLDER,
        "ImageBoxArt": PLACEHOLDER,
        "Publisher": None,
        "Developer": None,
        "Genre": None,
        "Released": "1991-01-01",
        "ReleasedAtGranularity": "year",
    }
    return as_json(200, entry)


def get_game_list(world: World, request: ApiRequest, now: datetime) -> ApiReply:
    """Return the games by title, `~` last, deleted ones included: the script reads the bare table."""
    console = cast_integer(request, "i")
    if console <= 0:
        return as_json(200, {"success": False})
    only_with_sets, with_hashes = cast_integer(request, "f") == 1, cast_integer(request, "h") == 1
    games = [
        game for game in world.catalogue.games.values() if world.catalogue.console_of(game).id == console
    ]
    wanted = [game for game in games if game.promoted() or not only_with_sets]
    wanted.sort(key=lambda game: (game.title.startswith("~"), game.title.casefold(), game.id))
    first, count = max(0, cast_integer(request, "o")), cast_integer(request, "c")
    # A count of 0 means all (site-api.md 5.6).
    page = wanted[first : first + count] if count > 0 else wanted[first:]
    return as_json(200, [list_entry(world, game, with_hashes) for game in page])


def list_entry(world: World, game: Game, with_hashes: bool) -> dict[str, object]:
    row: dict[str, object] = {
        "Title": game.title,
        "ID": game.id,
        "ConsoleID": world.catalogue.console_of(game).id,
        "ConsoleName": game.console,
        "ImageIcon": game.icon,
        "NumAchievements": len(game.promoted()),
        "NumLeaderboards": 0,
        "Points": sum(a.points for a in game.promoted()),
        "DateModified": f"{EPOCH:%Y-%m-%d %H:%M:%S}" if game.achievements else None,
        "ForumTopicID": None,
    }
    if with_hashes:
        # Without usedforsecurity=False a Python in FIPS mode refuses MD5.
        row["Hashes"] = [hashlib.md5(str(game.id).encode(), usedforsecurity=False).hexdigest()]
    return row


def get_console_ids(world: World, request: ApiRequest, now: datetime) -> ApiReply:
    only_active, only_systems = cast_integer(request, "a") == 1, cast_integer(request, "g") == 1
    found = [
        {
            "ID": console.id,
            "Name": console.name,
            "IconURL": f"https://static.retroachievements.org/assets/images/system/{console.id}.png",
            "Active": console.active,
            "IsGameSystem": console.is_game_system,
        }
        for console in world.catalogue.consoles.values()
        if (console.active or not only_active) and (console.is_game_system or not only_systems)
    ]
    return as_json(200, found)
