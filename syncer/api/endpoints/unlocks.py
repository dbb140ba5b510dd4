"""GetAchievementsEarnedBetween (site-api.md 5.8): the unlocks of a window."""

from datetime import datetime
from typing import Any

from syncer.api.client import Client
from syncer.api.excerpt import evidence
from syncer.api.fields import (
    FieldError,
    expect_list,
    icon,
    identity,
    moment,
    moment_or_none,
    number,
    number_or_none,
    rows,
    text_or_empty,
)
from syncer.core.clock import truncate_to_ms
from syncer.core.errors import BatchError
from syncer.core.model.library import MAX_UNLOCKS_PER_PAGE, GameInfo, Unlock, UnlockPage


def get_achievements_earned_between(
    client: Client, username: str, start: datetime, end: datetime
) -> UnlockPage:
    """Return the unlocks from `start` to `end`, both cut to seconds and included, the oldest first.

    At most 500: where the page `is_truncated`, ask again from its last moment and take each achievement once.
    An unknown player reads as one without unlocks. Raises BatchError where the site answered for other times,
    or where a full page has only unparsable rows; ValueError for a naive moment or an `end` before `start`.
    """
    first, last = truncate_to_ms(start).timestamp() // 1, truncate_to_ms(end).timestamp() // 1
    if last < first:
        raise ValueError("the window ends before it begins")
    window = {"f": f"{first:.0f}", "t": f"{last:.0f}"}
    answer = client.get_json("API_GetAchievementsEarnedBetween.php", {"u": username, **window})
    entries = expect_list(answer.value, "unlocks")
    found, unparsable = rows(entries, parse_unlock)
    games = {game.game_id: game for _, game in found}
    unlocks = tuple(unlock for unlock, _ in found)
    # A site that ignores the window would be read again and again from the same moment.
    if any(not first <= unlock.unlocked_at.timestamp() // 1 <= last for unlock in unlocks):
        raise BatchError("unlocks of other times than requested", raw=evidence(answer.value))
    dates = [date for entry in entries if (date := moment_or_none(entry, "Date"))]
    inside = [date for date in dates if first <= date.timestamp() // 1 <= last]
    if len(unparsable) >= MAX_UNLOCKS_PER_PAGE and not inside:
        raise BatchError(f"no unlock can be parsed: {unparsable[0].message}", raw=unparsable[0].raw)
    last_at = max(inside, default=None)
    return UnlockPage(unlocks, unparsable, tuple(games.values()), answer.date, answer.at, last_at)


def parse_unlock(entry: Any) -> tuple[Unlock, GameInfo]:
    """Return the unlock, and what its row contains about the game. The description is not read."""
    game_id = identity(entry, "GameID")
    unlock = Unlock(
        achievement_id=identity(entry, "AchievementID"),
        game_id=game_id,
        title=text_or_empty(entry, "Title"),
        points=number_or_none(entry, "Points"),
        hardcore=_hardcore(entry),
        unlocked_at=moment(entry, "Date"),
    )
    console_name, icon_path = text_or_empty(entry, "ConsoleName"), icon(entry, "GameIcon")
    return unlock, GameInfo(game_id, text_or_empty(entry, "GameTitle"), None, console_name, icon_path)


def _hardcore(entry: Any) -> bool:
    mode = number(entry, "HardcoreMode")
    if mode > 1:
        raise FieldError("HardcoreMode: neither 0 nor 1")
    return mode == 1
