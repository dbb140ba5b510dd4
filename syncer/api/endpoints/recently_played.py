"""GetUserRecentlyPlayedGames (site-api.md 5.12): the games that were played last, with their numbers."""

from typing import Any

from syncer.api.client import Client
from syncer.api.fields import (
    expect_list,
    icon,
    identity,
    identity_or_none,
    moment_or_none,
    number,
    number_or_none,
    rows,
    text_or_empty,
)
from syncer.api.size_limit import size_limit
from syncer.core.formats.ra_json import FIELDS
from syncer.core.model.library import GameInfo
from syncer.core.model.play import MAX_RECENT_PER_PAGE, RecentGame, RecentPage
from syncer.core.model.progress import Progress


def get_user_recently_played_games(
    client: Client, username: str, offset: int = 0, count: int = MAX_RECENT_PER_PAGE
) -> RecentPage:
    """Return a page of all games that the player ever played, the newest first, also those without unlocks.

    Hubs, events and deleted games are left out. There is no total: read on until a page has fewer rows than
    `count`. An unknown player reads as one who never played. Raises RequestTooLarge where the site takes
    fewer rows, ValueError for an offset or a count that it refuses, or lowers without an error.
    """
    if offset < 0 or not 1 <= count <= MAX_RECENT_PER_PAGE:
        raise ValueError(f"offset >= 0 and 1 <= count <= {MAX_RECENT_PER_PAGE} are needed")
    params = {"u": username, "o": str(offset), "c": str(count)}
    with size_limit(client, "c", count):
        answer = client.get_json("API_GetUserRecentlyPlayedGames.php", params)
    found, unparsable = rows(expect_list(answer.value, "played games"), parse_recent_game)
    return RecentPage(found, unparsable, answer.date, answer.at)


def parse_recent_game(entry: Any) -> RecentGame:
    info = GameInfo(
        game_id=identity(entry, "GameID"),
        title=text_or_empty(entry, "Title"),
        console_id=identity_or_none(entry, "ConsoleID"),
        console_name=text_or_empty(entry, "ConsoleName"),
        icon_path=icon(entry, "ImageIcon"),
    )
    progress = Progress(*(number(entry, name) for name in FIELDS))
    total = number_or_none(entry, "AchievementsTotal")
    return RecentGame(info, progress, moment_or_none(entry, "LastPlayed"), total)
