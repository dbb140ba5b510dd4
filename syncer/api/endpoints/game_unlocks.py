"""GetGameInfoAndUserProgress (site-api.md 5.11): all unlocks of a player in one game."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from syncer.api.client import Client, JsonResponse
from syncer.api.endpoints.library import award_kind
from syncer.api.excerpt import evidence
from syncer.api.fields import FieldError, field, icon, identity, moment, moment_or_none, number, text
from syncer.core.errors import BatchError
from syncer.core.model.account import ListedAward
from syncer.core.model.library import GameInfo, GameUnlocks, Unlock
from syncer.core.model.progress import GameId

MAX_CLOCK_DIFFERENCE = timedelta(days=1)


def get_game_unlocks(client: Client, username: str, game_id: GameId) -> GameUnlocks | None:
    """Return the player's unlocks in a game, at both moments where there are two.

    None: the answer is `[]`, for an unknown game and for an unknown player alike. Raises BatchError where
    any earned achievement cannot be parsed: an incomplete list would read as a reset.
    """
    params = {"u": username, "g": str(game_id), "a": "1"}  # `a`: with the highest award
    answer = client.get_json("API_GetGameInfoAndUserProgress.php", params)
    if answer.value in ([], {}):
        return None
    try:
        return _parse(game_id, answer)
    except FieldError as error:
        raise BatchError(f"game {game_id} cannot be parsed: {error}", raw=evidence(answer.value)) from None


def _parse(game_id: GameId, answer: JsonResponse) -> GameUnlocks:
    entry = answer.value
    console = identity(entry, "ConsoleID"), text(entry, "ConsoleName")
    info = GameInfo(game_id, text(entry, "Title"), *console, icon(entry, "ImageIcon"))
    rows = tuple(_earned(game_id, field(entry, "Achievements")))
    now = answer.date or answer.at
    # Stored, it would stay the newest unlock for ever.
    if now and any(row.unlocked_at > now + MAX_CLOCK_DIFFERENCE for row in rows):
        raise FieldError("an unlock in the future")
    return GameUnlocks(info, rows, answer.at, parse_highest_award(game_id, entry))


def parse_highest_award(game_id: GameId, entry: Any) -> ListedAward | None:
    """Return the highest award of the game; None where the answer does not tell it."""
    try:
        kind = award_kind(entry)
        return ListedAward(game_id, kind, moment_or_none(entry, "HighestAwardDate") if kind else None)
    except FieldError:
        return None  # the unlocks do not depend on it


def _earned(game_id: GameId, entries: Any) -> Iterator[Unlock]:
    """Yield the unlocks of each earned achievement; an empty map is `[]` in PHP (site-api.md section 1)."""
    for entry in entries.values() if isinstance(entries, dict) else _empty(entries):
        softcore, hardcore = _earned_at(entry, "DateEarned"), _earned_at(entry, "DateEarnedHardcore")
        if not softcore and not hardcore:
            continue
        facts = identity(entry, "ID"), game_id, text(entry, "Title"), number(entry, "Points")
        if softcore and (hardcore is None or softcore < hardcore):
            yield Unlock(*facts, False, softcore)
        if hardcore:
            yield Unlock(*facts, True, hardcore)


def _earned_at(entry: Any, name: str) -> datetime | None:
    if not isinstance(entry, dict):
        raise FieldError("an achievement: not a map of fields")
    return moment(entry, name) if entry.get(name) else None


def _empty(entries: Any) -> list[Any]:
    if entries == []:
        return []
    raise FieldError("Achievements: not a map")
