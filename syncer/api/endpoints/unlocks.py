"""GetAchievementsEarnedBetween: build the question, read the answer."""

from datetime import datetime
from typing import Any

from syncer.api.client import Client
from syncer.api.fields import FieldError, evidence, expect_list, icon, identity, moment, number, rows, text
from syncer.core.clock import truncate_to_ms
from syncer.core.errors import BatchError
from syncer.core.model.library import MAX_UNLOCKS_PER_PAGE, GameInfo, Unlock, UnlockPage


def get_achievements_earned_between(client: Client, user: str, start: datetime, end: datetime) -> UnlockPage:
    """What was unlocked from `start` to `end`, both cut to seconds and included (site-api.md 5.8).

    The oldest first and at most 500: where `cut`, ask again from the last moment. An unknown player reads
    as one without unlocks. Raises BatchError for what is no list, holds other times than were asked for or
    cannot be read at all; ValueError for a naive moment or an `end` before the `start`; any other ApiError.
    """
    first, last = truncate_to_ms(start).timestamp() // 1, truncate_to_ms(end).timestamp() // 1
    if last < first:
        raise ValueError("the window ends before it begins")
    window = {"f": f"{first:.0f}", "t": f"{last:.0f}"}
    heard = client.ask("API_GetAchievementsEarnedBetween.php", {"u": user, **window})
    found, unreadable = rows(expect_list(heard.value, "unlocks"), read_unlock)
    games = {game.game_id: game for _, game in found}
    unlocks = tuple(unlock for unlock, _ in found)
    if any(not first <= unlock.unlocked_at.timestamp() // 1 <= last for unlock in unlocks):
        raise BatchError("unlocks of other times than were asked for", raw=evidence(heard.value))
    if unreadable and not unlocks and len(unreadable) >= MAX_UNLOCKS_PER_PAGE:
        raise BatchError(f"none of the unlocks can be read: {unreadable[0].message}", raw=unreadable[0].raw)
    return UnlockPage(unlocks, unreadable, tuple(games.values()), heard.date, heard.at)


def read_unlock(entry: Any) -> tuple[Unlock, GameInfo]:
    """The unlock, and what it tells about its game on the way. Never the description. Raises Odd."""
    game_id = identity(entry, "GameID")
    unlock = Unlock(
        achievement_id=identity(entry, "AchievementID"),
        game_id=game_id,
        title=text(entry, "Title"),
        points=number(entry, "Points"),
        hardcore=_hardcore(entry),
        unlocked_at=moment(entry, "Date"),
    )
    console_name, icon_path = text(entry, "ConsoleName"), icon(entry, "GameIcon")
    return unlock, GameInfo(game_id, text(entry, "GameTitle"), None, console_name, icon_path)


def _hardcore(entry: Any) -> bool:
    mode = number(entry, "HardcoreMode")
    if mode > 1:
        raise FieldError("HardcoreMode: neither 0 nor 1")
    return mode == 1
